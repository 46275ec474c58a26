"""People of a running stack for the benchmarks: seated in cohorts whose circles are due, and begin in an hour."""

import asyncio
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from chaos.people.api_client import ApiClient, Refused
from embedded.services import ROOT
from rehearsal.compressed_time.bodies import ANSWERS, ON_CALL, SIGNED, SITE, ZONE, referral
from shared.document import read_document

PROTOCOL, SIZE = "hours", 8
FIRST_CIRCLE = timedelta(hours=1)
SEATED_WITHIN, DUE_WITHIN, AT_ONCE, LOOK_AGAIN = 120, 180, 6, 0.2
"""Seconds that everybody has to take a seat, and until all circles are due; how many come at the same time."""


def write_protocol(folder: Path, circles: int) -> Path:
    """A folder with one protocol: so many circles, a second apart, and a dose that an absence holds."""
    folder.mkdir(parents=True)
    brisk = read_document(ROOT / "rehearsal" / "compressed_time" / "protocols" / "brisk.yaml").data
    (folder / f"{PROTOCOL}.yaml").write_text(json.dumps(_in_hours(brisk, circles)))
    return folder


def _in_hours(brisk: dict[str, Any], circles: int) -> dict[str, Any]:
    days = {session["key"]: session for session in brisk["sessions"]}
    doses = [days["dose:1"] | {"at": {"offset": "PT30M"}}, days["dose:2"] | {"at": {"offset": "P2D"}}]
    rules = [rule | {"remind_before": []} for rule in brisk["session_rules"] if rule["kind"] != "preparation"]
    ahead = {"announce_before": f"PT{FIRST_CIRCLE.total_seconds():.0f}S"}
    last = next(measure for measure in brisk["measures"] if measure["key"] == "six_months")
    in_a_week = dict.fromkeys(("absence_close_within", "review_within", "hold_decision_within"), _cited("P7D"))
    return brisk | {
        "id": PROTOCOL,
        "title": "A program for benchmarks",
        "summary": f"Two doses and, between them, {circles} circles.",
        "sessions": [*(_circle(days["circle:1"], number) for number in range(1, circles + 1)), *doses],
        "session_rules": [rule | ahead if rule["kind"] == "circle" else rule for rule in rules],
        "measures": [last | {"at": {"offset": "P3D"}}],
        "dosing": brisk["dosing"] | {"doses": 2},
        "attendance": brisk["attendance"] | in_a_week | {"review_after_total": _cited(circles + 1)},
    }


def _circle(first: dict[str, Any], number: int) -> dict[str, Any]:
    at = f"PT{FIRST_CIRCLE.total_seconds() + number:.0f}S"
    return first | {"key": f"circle:{number}", "title": f"Circle {number}", "at": {"offset": at}, "duration": "PT1S"}


def _cited(value: object) -> dict[str, object]:
    return {"value": value, "source": "test calendar"}


async def seat(api: ApiClient, cohorts: int) -> dict[UUID, list[UUID]]:
    """People who took their seats, each with the circles where they are expected; all of these are due."""
    await api.ask("coordinator", "PUT", f"notifications/on-call/{SITE}", ON_CALL)
    opened = [await _open_cohort(api) for _ in range(cohorts)]
    places = asyncio.Semaphore(AT_ONCE)

    async def come(number: int) -> None:
        async with places:
            await _take_a_seat(api, f"P-{number}")

    async with asyncio.timeout(SEATED_WITHIN):
        await asyncio.gather(*map(come, range(cohorts * SIZE)))
    expected: dict[UUID, list[UUID]] = defaultdict(list)
    async with asyncio.timeout(DUE_WITHIN):
        for cohort_id in opened:
            for circle in await _due(api, cohort_id):
                for person in circle["roster"]:
                    expected[UUID(person["program_id"])].append(UUID(circle["session_id"]))
    return dict(expected)


async def _open_cohort(api: ApiClient) -> str:
    starts_at = datetime.now(UTC) + timedelta(seconds=SEATED_WITHIN)
    body = {"site": SITE, "protocol_id": PROTOCOL, "capacity": SIZE, "starts_at": starts_at.isoformat()}
    body |= {"starts_on": str(starts_at.astimezone(ZONE).date())}
    return str((await api.ask("coordinator", "POST", "scheduler/cohorts", body))["cohort_id"])


async def _take_a_seat(api: ApiClient, reference: str) -> None:
    """A referral, the forms, the clinician's decision; then the seat, as soon as it is offered."""
    id = (await api.ask("coordinator", "POST", "intake/referrals", referral(reference, PROTOCOL)))["program_id"]
    for kind in ("treatment_consent", "group_agreement"):
        await api.ask("participant", "POST", f"intake/referrals/{id}/agreements", {"kind": kind}, id)
    await api.ask("participant", "PUT", f"intake/referrals/{id}/answers", ANSWERS, id)
    decided = {"decision": "eligible", "signature": SIGNED}
    await api.ask("clinician", "POST", f"intake/referrals/{id}/decision", decided)
    while not await _accepts(api, id):  # noqa: ASYNC110 (the offer is asked for over HTTP, as a person would)
        await asyncio.sleep(LOOK_AGAIN)


async def _accepts(api: ApiClient, id: str) -> bool:
    try:
        await api.ask("participant", "POST", f"scheduler/programs/{id}/offer/accept", subject=id)
    except Refused as refused:
        if refused.rule in ("no_offer", "not_found"):
            return False
        raise
    return True


async def _due(api: ApiClient, cohort_id: str) -> list[dict[str, Any]]:
    """The cohort's circles with their people, when all of them are due."""
    while True:
        listed = (await api.ask("facilitator", "GET", f"integration/circles?cohort_id={cohort_id}"))["items"]
        if listed and all(circle["state"] == "due" for circle in listed):
            return [await api.ask("facilitator", "GET", f"integration/circles/{c['session_id']}") for c in listed]
        await asyncio.sleep(LOOK_AGAIN)
