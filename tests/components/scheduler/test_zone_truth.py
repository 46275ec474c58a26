"""Newer zone data is a diff that staff confirm: the time on the wall stays, the instant follows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import tzdata

from shared.events import scheduler as told
from shared.migrations import ROOT
from tests.components.scheduler.conftest import HOUR, Clinic, problem

OLDER = ROOT / "tests" / "data" / "tzdata-2025b"
"""As published in March 2025: British Columbia still turned its clocks back in November."""


@contextmanager
def zone_data(folder: Path) -> Iterator[None]:
    """Zones come from this folder, as on a machine that was not updated."""
    reset_tzpath([folder])
    ZoneInfo.clear_cache()
    try:
        yield
    finally:
        reset_tzpath(())
        ZoneInfo.clear_cache()


def on_the_wall(instant: datetime) -> time:
    return instant.astimezone(ZoneInfo("America/Vancouver")).time()


async def autumn(clinic: Clinic) -> timedelta:
    """How far it is to the first Monday of October, so that the program crosses the end of summer time."""
    now = await clinic.scheduler.now()
    first = datetime(now.year, 10, 1, tzinfo=UTC)
    return (first if first > now + timedelta(days=7) else first.replace(year=now.year + 1)) - now


async def test_british_columbias_winters_move_by_an_hour_and_nothing_else_does(clinic: Clinic) -> None:
    assert tzdata.IANA_VERSION >= "2026f"
    with zone_data(OLDER):
        day = await clinic.monday(at_least=await autumn(clinic))
        cohort = await clinic.open_cohort(starts_on=day)
    coordinator = clinic.as_("coordinator")
    shown = (await coordinator.get("/calendars/replan")).json()
    [calendar] = shown["calendars"]
    moved = {
        s["item"]: tuple(datetime.fromisoformat(s[when]) for when in ("booked", "planned"))
        for s in calendar["sessions"]
    }
    assert shown["tzdata"] == tzdata.IANA_VERSION
    assert "preparation:1" not in moved
    assert "circle:10" in moved
    assert all(booked - planned == HOUR for booked, planned in moved.values())
    assert on_the_wall(moved["dose:6"][1]) == time(9)
    assert cohort.start("dose:6") == moved["dose:6"][0]


async def test_what_is_confirmed_moves_is_told_and_is_true_afterwards(clinic: Clinic) -> None:
    with zone_data(OLDER):
        person = (await clinic.members(1, starts_on=await clinic.monday(at_least=await autumn(clinic))))[0]
    coordinator = clinic.as_("coordinator")
    shown = (await coordinator.get("/calendars/replan")).json()
    stale = await coordinator.post("/calendars/replan", json={"content_hash": "0" * 64})
    assert problem(stale) == (409, "stale", "content_hash")
    assert (await coordinator.get("/calendars/replan")).json() == shown

    confirmed = await coordinator.post("/calendars/replan", json={"content_hash": shown["content_hash"]})
    assert confirmed.status_code == 200, confirmed.text
    again = await clinic.scheduler.all_heard(told.SessionBooked, cohort_id=person.cohort.id, calendar_revision=2)
    assert {one.data.item for one in again} == {s["item"] for s in shown["calendars"][0]["sessions"]}
    assert (await coordinator.get("/calendars/replan")).json()["calendars"] == []
    ahead = await person.ahead()
    assert on_the_wall(datetime.fromisoformat(ahead["dose:6"]["at"])) == time(9)
    reminded = datetime.fromisoformat(ahead["reminder:dose:6:1"]["at"])
    assert datetime.fromisoformat(ahead["dose:6"]["at"]) - reminded == 24 * HOUR
