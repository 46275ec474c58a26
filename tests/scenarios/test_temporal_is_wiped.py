"""Temporal loses everything after the last dose: each service starts its workflows again from its rows, unasked."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import pytest

from cli.running import wire
from embedded.stack import Stack
from embedded.temporal import DevServer
from operations.access import temporal_client
from operations.inspection import Inspector
from rehearsal import audit
from rehearsal.event_tail import EventTail
from rehearsal.ledger import Ledger, observing, read_ledger
from rehearsal.virtual_time.broker import Broker
from shared import temporal
from shared.events import Event, intake, integration, scheduler, session
from shared.protocol.library import ProtocolLibrary
from tests.lib import servers
from tests.lib.brisk import Group, Person
from tests.lib.short import SHORT, write_short

pytestmark = pytest.mark.long

STAYS, MISSES, LEAVES = (
    Person("W-1"),
    Person("W-2", misses=frozenset({"circle:1"})),
    Person("W-3", leaves_after="dose:1"),
)
NEW = Person("W-4")
PAUSE = 40
STARTS_IN = timedelta(seconds=8)
WITHIN, OVER_WITHIN = 30, 120
"""Seconds: deadlines of a test, where each is reached in a fraction of it."""


@dataclass(frozen=True)
class Survived:
    """A program whose Temporal was wiped on the way."""

    group: Group
    ids: dict[Person, UUID]
    ahead_before: dict[UUID, list[str]]
    ahead_after: dict[UUID, list[str]]
    watches_after_the_wipe: int
    mended_in: float
    ledger: Ledger
    violations: list[Any]

    def times(self, event: type[Event], person: Person, **fields: object) -> int:
        return len(self.group.all_of(event, program_id=self.ids[person], **fields))


@pytest.fixture(scope="module")
async def survived() -> AsyncIterator[Survived]:
    async with servers.temporary_folder() as folder:
        protocols = write_short(folder / "protocols", PAUSE)
        async with Stack(folder / "data", virtual=False, protocols=protocols) as stack:
            group = Group(stack.endpoints, stack.issuer)
            async with EventTail.open(stack.endpoints, group.hear):
                try:
                    yield await _play(group, stack, ProtocolLibrary(protocols))
                finally:
                    await group.close()


async def _play(group: Group, stack: Stack, protocols: ProtocolLibrary) -> Survived:
    await group.set_who_is_on_call()
    ids = {person: await group.refer(person, SHORT) for person in (STAYS, MISSES, LEAVES)}
    await group.heard(scheduler.StateChanged, 3, state="waiting", within=WITHIN)
    cohort_id = await group.open_cohort(SHORT, STARTS_IN)
    await group.heard(session.SessionClosed, within=WITHIN)
    await group.heard(scheduler.StateChanged, program_id=ids[LEAVES], state="withdrawn", within=WITHIN)
    ids[NEW] = await group.refer_without_forms(NEW, SHORT)
    before = await ahead(group, ids)
    await wipe(stack.temporal)
    began = monotonic()
    watches = await count_watches(stack)
    async with Inspector.open(stack.endpoints) as inspector, asyncio.timeout(WITHIN):
        while await inspector.is_under_way() or await inspector.look_twice():
            pass
    mended_in, after = monotonic() - began, await ahead(group, ids)
    await group.heard(scheduler.CohortClosed, cohort_id=cohort_id, within=OVER_WITHIN)
    await group.heard(intake.FormsReminderDue, program_id=ids[NEW], within=WITHIN)
    async with wire(stack.data, "observer") as wired, observing(stack.endpoints) as connection:
        await group.mail_is_out(Broker(wired), within=WITHIN)
        ledger = await read_ledger(connection, datetime.now(UTC))
    violations = audit.violations(list(group.log), protocols.latest(SHORT))
    return Survived(group, ids, before, after, watches, mended_in, ledger, violations)


async def ahead(group: Group, ids: dict[Person, UUID]) -> dict[UUID, list[str]]:
    """What each program says is next."""
    programs = {id: await group.call("auditor", "GET", f"scheduler/programs/{id}") for id in ids.values()}
    return {id: [item["item"] for item in program["next"]] for id, program in programs.items()}


async def wipe(temporal: DevServer) -> None:
    """Its store is gone; it begins again with nothing."""
    await temporal.kill()
    for file in temporal.data.glob("temporal.db*"):
        file.unlink()
    await temporal.start()


async def count_watches(stack: Stack) -> int:
    client = await temporal_client(stack.endpoints)
    return (await client.count_workflows(temporal.OPEN_RUNS)).count


async def test_every_open_row_is_watched_again_soon(survived: Survived) -> None:
    assert survived.watches_after_the_wipe < len(survived.ids)
    assert survived.mended_in < WITHIN


async def test_every_program_goes_on_at_the_step_where_it_was(survived: Survived) -> None:
    """What is ahead is the same, but for the check-ins that came up meanwhile."""
    for person in (STAYS, MISSES, LEAVES):
        before, after = survived.ahead_before[survived.ids[person]], survived.ahead_after[survived.ids[person]]
        come_up = before[: len(before) - len(after)]
        assert before == [*come_up, *after]
        assert all(survived.times(scheduler.CheckInDue, person, item=item) == 1 for item in come_up)
    assert "circle:1" in survived.ahead_after[survived.ids[STAYS]]


async def test_everybody_comes_to_the_end_that_is_theirs(survived: Survived) -> None:
    states = {person.reference: person.state for person in survived.ledger.people}
    assert states == {"W-1": "completed", "W-2": "completed", "W-3": "withdrawn", "W-4": "in_screening"}
    assert survived.ledger.balanced, survived.ledger.faults


async def test_nothing_is_told_twice_and_no_rule_is_broken(survived: Survived) -> None:
    assert survived.violations == []
    for person in (STAYS, MISSES, LEAVES):
        assert survived.times(session.DoseAdministered, person) == 1
        due = [told.data.item for told in survived.group.all_of(scheduler.CheckInDue, program_id=survived.ids[person])]
        assert len(due) == len(set(due))


async def test_what_was_owed_before_the_wipe_is_chased_and_closed_after_it(survived: Survived) -> None:
    assert survived.times(integration.CheckInClosed, LEAVES, item="check_in:safety", closure="answered") == 1
    assert survived.times(integration.AttendanceRecorded, MISSES, item="make_up:circle:1", status="attended") == 1
    still_owed = {(owed.program_id, owed.kind) for owed in survived.ledger.still_owed}
    assert still_owed == {(survived.ids[NEW], "forms")}
