"""The session service dies in the middle of a dose: afterwards the dose is there once, everywhere, or nowhere."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from rehearsal.compressed_time.bodies import ANSWERS, CHECKLIST, NURSE, ON_SITE, RECEIPT, SIGNED, VITALS, order
from shared.events import scheduler, session
from tests.faults.system_under_test import SITE, SystemUnderTest

ZONE = ZoneInfo("America/Vancouver")


class Day:
    """A dosing day, and the people who have come and may be dosed."""

    def __init__(self, system: SystemUnderTest, session_id: UUID, people: list[UUID]) -> None:
        self.system, self.session_id, self.people = system, session_id, people

    async def post(self, role: Any, what: str, **body: Any) -> httpx.Response:
        return await self.system.post("session", role, f"/sessions/{self.session_id}/{what}", body)

    async def prepare(self) -> None:
        for role in ON_SITE:
            await self.post(role, "staff")
        await self.system.post("session", "prescriber", "/substance-ledger", RECEIPT)
        for person in self.people:
            who = {"program_id": str(person)}
            arrived = await self.post("facilitator", "arrivals", **who, checklist=CHECKLIST, vitals=VITALS)
            assert arrived.status_code == 201, arrived.text
            decided = await self.post("prescriber", "decisions", **who, decision="go", signature=SIGNED)
            assert decided.status_code == 201, decided.text

    async def dose(self, person: UUID) -> httpx.Response:
        drawn_up = {"program_id": str(person)} | order(datetime.now(ZONE).date())
        url = f"/sessions/{self.session_id}"
        verified = await self.system.post("session", "facilitator", f"{url}/verifications", drawn_up, subject=NURSE)
        basis = {"verification": verified.json().get("verification_id", str(uuid4()))}
        return await self.post("prescriber", "doses", **drawn_up, **basis)

    async def given(self, person: UUID) -> int:
        found = "select count(*) from session.dose where program_id = $1"
        return int(await self.system.admin.fetchval(found, person))

    async def is_known_once(self, person: UUID) -> None:
        """One row, one event on the stream, one fact of the scheduler's, handled once."""
        told = await self.system.heard(session.DoseAdministered, program_id=person)
        await self.system.heard(scheduler.CheckInDue, program_id=person)
        assert await self.given(person) == 1
        assert len(await self.system.all_told(session.DoseAdministered, program_id=person)) == 1
        facts = "select count(*) from scheduler.program_fact where program_id = $1 and kind = 'dosed'"
        assert await self.system.admin.fetchval(facts, person) == 1
        inbox = "select count(*) from scheduler.inbox where event_id = $1"
        assert await self.system.admin.fetchval(inbox, told.id) == 1
        again = await self.dose(person)
        assert (again.status_code, again.json()["rule"]) == (409, "already_dosed"), again.text


@pytest.fixture(scope="module")
async def day(system: SystemUnderTest) -> Day:
    people = [await found_eligible(system) for _ in range(2)]
    starts_at = datetime.now(UTC) + timedelta(seconds=8)
    starts_on = str(starts_at.astimezone(ZONE).date())
    body = {"site": SITE, "protocol_id": "one_day", "capacity": 2, "starts_on": starts_on}
    opened = await system.post("scheduler", "coordinator", "/cohorts", body | {"starts_at": starts_at.isoformat()})
    assert opened.status_code == 201, opened.text
    for person in people:
        await system.heard(scheduler.SeatOffered, program_id=person)
        accept = f"/programs/{person}/offer/accept"
        assert (await system.post("scheduler", "participant", accept, subject=person)).status_code == 200
    [due] = opened.json()["sessions"]
    await system.heard(session.ObligationOpened, kind="attendance", item=due["session_id"])
    ready = Day(system, UUID(due["session_id"]), people)
    await asyncio.sleep((datetime.fromisoformat(due["starts_at"]) - datetime.now(UTC)).total_seconds())
    await ready.prepare()
    return ready


async def found_eligible(system: SystemUnderTest) -> UUID:
    person = await system.refer("one_day")
    url = f"/referrals/{person}"
    for kind in ("treatment_consent", "group_agreement"):
        await system.post("intake", "participant", f"{url}/agreements", {"kind": kind}, subject=person)
    async with system.as_("intake", "participant", person) as client:
        answered = await client.put(f"{url}/answers", json=ANSWERS)
    assert answered.status_code == 200, answered.text
    decided = await system.post("intake", "clinician", f"{url}/decision", {"decision": "eligible", "signature": SIGNED})
    assert decided.status_code in (200, 201), decided.text
    await system.heard(scheduler.StateChanged, program_id=person, state="waiting")
    return person


async def test_a_dose_whose_request_dies_with_the_service_was_not_given_and_can_be(
    system: SystemUnderTest, day: Day
) -> None:
    person = day.people[0]
    async with system.holding() as other:
        await other.execute("lock table session.dose in exclusive mode")
        request = asyncio.create_task(day.dose(person))
        await system.comes(lambda: waits_for_a_lock(system), "the dose in the midst of its transaction")
        restarts = await system.kill("session")
        with pytest.raises(httpx.TransportError):
            await request
    await system.is_back("session", restarts)
    assert await day.given(person) == 0
    given = await day.dose(person)
    assert given.status_code == 201, given.text
    await day.is_known_once(person)


async def waits_for_a_lock(system: SystemUnderTest) -> bool:
    waiting = """
        select count(*) > 0 from pg_stat_activity
        where usename = 'homeward_session' and wait_event_type = 'Lock' and query like '%dose%'
    """
    return bool(await system.admin.fetchval(waiting))


async def test_a_dose_that_was_committed_and_not_yet_told_is_told_once_after_the_restart(
    system: SystemUnderTest, day: Day
) -> None:
    person = day.people[1]
    async with system.untold("session"):
        given = await day.dose(person)
        assert given.status_code == 201, given.text
        restarts = await system.kill("session")
        unpublished = "select count(*) from session.outbox where published_at is null"
        assert await system.admin.fetchval(unpublished) > 0
    await system.is_back("session", restarts)
    await system.is_told("session")
    await day.is_known_once(person)
