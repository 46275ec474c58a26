"""A cohort is opened with a calendar from its pinned protocol; whatever is wrong is refused by its name."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.events import scheduler as told
from shared.migrations import ROOT
from shared.protocol.load import load_protocol
from tests.components.scheduler.conftest import ZONE, Clinic, problem

WEEKLY6 = load_protocol(ROOT / "protocols" / "weekly6.yaml")


async def test_a_cohort_pins_its_protocol_and_books_every_session_on_the_clock_of_its_site(clinic: Clinic) -> None:
    cohort = await clinic.open_cohort()
    assert cohort.shown["protocol_hash"] == WEEKLY6.content_hash
    assert cohort.shown["zone"] == "America/Vancouver"

    opened = await clinic.scheduler.heard(told.CohortOpened, cohort_id=cohort.id)
    assert (opened.data.protocol.version, opened.data.protocol.hash) == (WEEKLY6.version, WEEKLY6.content_hash)
    booked = await clinic.scheduler.all_heard(told.SessionBooked, cohort_id=cohort.id)
    assert {one.data.item for one in booked} == {session.key for session in WEEKLY6.sessions}
    for one in booked:
        local = one.data.starts_at.astimezone(ZONE)
        planned = WEEKLY6.session(one.data.item)
        assert (local.time(), local.date() - cohort_start(cohort)) == (planned.at.time, timedelta(days=planned.at.day))
        assert one.data.ends_at - one.data.starts_at == planned.duration
        assert (one.data.session_id, one.data.starts_at) == cohort.session(one.data.item)


async def test_nobody_follows_a_version_that_leaves_the_size_of_the_group_open(clinic: Clinic) -> None:
    otago2 = load_protocol(ROOT / "protocols" / "otago2.yaml")
    refused = await clinic.post_cohort(protocol_id="otago2")
    assert problem(refused) == (422, "value_not_set", "version")
    assert refused.json()["detail"] == (
        "otago2 1.0.0 leaves cohort.size and cohort.quorum open, which no publication says: set this in a new version"
        " of the file, with your decision as source, and release that version"
    )
    signature = {"name": "Dr. A. Keller", "meaning": "I have reviewed and approve this."}
    body = {"site": clinic.site, "content_hash": otago2.content_hash, "author": "A. Author", "reason": "First use."}
    signer = clinic.as_("prescriber", authenticated_at=await clinic.scheduler.now())
    path = f"/protocols/otago2/versions/{otago2.version}/release"
    assert problem(await signer.post(path, json=body | {"signature": signature})) == (422, "value_not_set", "version")


def cohort_start(cohort: Any) -> Any:
    return datetime.fromisoformat(cohort.shown["starts_on"]).date()


async def test_a_day_that_the_protocol_leaves_open_is_the_cohorts_to_say(clinic: Clinic) -> None:
    lacking = await clinic.post_cohort(protocol_id="asking6")
    assert problem(lacking) == (422, "missing_input", "inputs")
    assert "closing_day" in lacking.json()["detail"]
    cohort = await clinic.open_cohort(protocol_id="asking6", inputs={"closing_day": 90})
    days = cohort.start("circle:10").astimezone(ZONE).date() - cohort_start(cohort)
    assert days == timedelta(days=90)


async def test_weeks_that_no_publication_gives_are_refused_by_name_until_a_cohort_says_them(clinic: Clinic) -> None:
    given = {"dose_week_1": 4, "dose_week_3": 10}
    lacking = await clinic.post_cohort(protocol_id="rtt3", capacity=20, inputs=given)
    assert problem(lacking) == (422, "missing_input", "inputs")
    assert lacking.json()["detail"] == "the protocol needs: dose_week_2, firefighters"
    wrong = await clinic.post_cohort(
        protocol_id="rtt3", capacity=20, inputs=given | {"dose_week_2": 4, "firefighters": 0}
    )
    assert problem(wrong) == (422, "impossible_input", "inputs")
    assert "'dose:2' is not after 'dose:1'" in wrong.json()["detail"]
    cohort = await clinic.open_cohort(
        protocol_id="rtt3", capacity=20, inputs=given | {"dose_week_2": 7, "firefighters": 0}
    )
    start = cohort_start(cohort)
    weeks = [(cohort.start(f"dose:{n}").astimezone(ZONE).date() - start).days // 7 + 1 for n in (1, 2, 3)]
    assert weeks == [4, 7, 10]
    assert [seat["small_group"] for seat in cohort.shown["seats"]] == [1] * 6 + [2] * 6 + [3] * 6 + [4] * 2


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"site": "mars"}, (403, "site", "site")),
        ({"site": "b\u0000c"}, (422, None, "body.site")),
        ({"protocol_id": "weekly7"}, (422, "unknown_protocol", "protocol_id")),
        ({"version": "9.9.9"}, (422, "unknown_protocol", "version")),
        ({"starts_on": "2060-02-17"}, (422, "starts_on_monday", "starts_on")),
        ({"starts_on": "2029-12-31"}, (422, "starts_in_the_past", "starts_on")),
        ({"starts_on": "9999-12-27"}, (422, None, "body.starts_on")),
        ({"starts_on": "next week"}, (422, None, "body.starts_on")),
        (
            {"starts_on": "2060-02-16", "starts_at": "2060-02-18T09:00:00-08:00"},
            (422, "starts_on_another_day", "starts_at"),
        ),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, (422, None, "body.starts_at")),
        ({"capacity": 3}, (422, "group_size", "capacity")),
        ({"capacity": 9}, (422, "group_size", "capacity")),
        ({"capacity": 0}, (422, None, "body.capacity")),
        ({"theme": "a\u0000b"}, (422, None, "body.theme")),
        ({"inputs": {"closing_day": 90}}, (422, "unknown_input", "inputs")),
        ({"protocol_id": "asking6", "inputs": {"closing_day": 1}}, (422, "impossible_input", "inputs")),
        ({"protocol_id": "asking6", "inputs": {"closing_day": 5000}}, (422, None, "body.inputs")),
    ],
)
async def test_a_wrong_cohort_is_refused(
    clinic: Clinic, changed: dict[str, Any], named: tuple[int, str | None, str | None]
) -> None:
    assert problem(await clinic.post_cohort(**changed)) == named
    assert (await clinic.as_("coordinator").get("/cohorts")).json()["items"] == []


async def test_a_site_that_a_token_names_and_the_network_does_not_know_is_refused(clinic: Clinic) -> None:
    body = {"site": "mars", "protocol_id": "weekly6", "starts_on": "2060-02-16", "capacity": 4}
    answer = await clinic.scheduler.as_("coordinator", "mars").post("/cohorts", json=body)
    assert problem(answer) == (422, "unknown_site", "site")


async def test_a_cohort_that_nobody_joined_is_the_coordinators_and_closes_at_its_start(clinic: Clinic) -> None:
    cohort = await clinic.open_cohort()
    starts_at = cohort.start("preparation:1") - timedelta(hours=33)
    await clinic.scheduler.skip(starts_at - timedelta(days=1))
    [task] = await clinic.tasks("cohort_below_minimum")
    assert (task["owner"], task["item"]) == ("coordinator", str(cohort.id))
    settled = await clinic.as_("coordinator").post(f"/tasks/{task['id']}/close", json={"choice": "run"})
    assert settled.json() == {"id": task["id"], "closure": "run"}
    assert await clinic.tasks("cohort_below_minimum") == []
    await clinic.scheduler.skip(cohort.start("preparation:1"))
    [closed] = await clinic.scheduler.all_heard(told.CohortClosed, cohort_id=cohort.id)
    assert closed.time - starts_at < timedelta(minutes=1)
    assert await clinic.scheduler.all_heard(told.SessionDue, cohort_id=cohort.id) == []
