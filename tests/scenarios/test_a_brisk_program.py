"""A whole program on the real Temporal server, in real time: a calendar of seconds, three people, nobody waits."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from rich.console import Console

from cli.audit.explaining import Explained, explain_dose
from cli.audit.trail import Chain, read_chains
from cli.running import wire
from embedded.stack import ROOT, Stack
from rehearsal import audit
from rehearsal.event_tail import EventTail
from rehearsal.ledger import Ledger, observing, read_ledger
from rehearsal.virtual_time.broker import Broker
from shared.events import SERVICES, Envelope, Event, integration, notifications, scheduler, session
from shared.protocol.library import ProtocolLibrary
from tests.lib import servers
from tests.lib.brisk import Group, Person

PROTOCOLS = ROOT / "rehearsal" / "compressed_time" / "protocols"
BRISK = "brisk"
STAYS = Person("B-1")
MISSES = Person("B-2", misses=frozenset({"circle:1"}))
LEAVES = Person("B-3", leaves_after="dose:1")
STARTS_IN = timedelta(seconds=8)
SCREENED_WITHIN, OVER_WITHIN, SETTLED_WITHIN = 90, 300, 90
"""Seconds: deadlines of a test, where each is reached in a fraction of it."""


@dataclass(frozen=True)
class Played:
    """What a program came to: its whole log, what the observer read at its end, what arrived in the mail sink."""

    group: Group
    log: list[Envelope[Event]]
    ledger: Ledger
    dead_letters: int
    mail_ids: list[str]
    ids: dict[Person, UUID]
    trail: list[Chain]
    explained: list[Explained]

    def items(self, event: type[Event], person: Person) -> list[str]:
        return [told.data.item for told in self.group.all_of(event, program_id=self.ids[person])]

    def place(self, event: type[Event], **fields: object) -> int:
        """Where in the log the one event of this type with these values stands."""
        (told,) = self.group.all_of(event, **fields)
        return self.log.index(told)


@pytest.fixture(scope="module")
async def played() -> AsyncIterator[Played]:
    async with (
        servers.temporary_folder() as folder,
        Stack(folder / "data", virtual=False, protocols=PROTOCOLS) as stack,
    ):
        group = Group(stack.endpoints, stack.issuer)
        async with EventTail.open(stack.endpoints, group.hear):
            try:
                yield await _play(group, stack)
            finally:
                await group.close()


async def _play(group: Group, stack: Stack) -> Played:
    await group.set_who_is_on_call()
    ids = {person: await group.refer(person, BRISK) for person in (STAYS, MISSES, LEAVES)}
    await group.heard(scheduler.StateChanged, 3, state="waiting", within=SCREENED_WITHIN)
    cohort_id = await group.open_cohort(BRISK, STARTS_IN)
    await group.heard(scheduler.CohortClosed, cohort_id=cohort_id, within=OVER_WITHIN)
    async with wire(stack.data, "observer") as wired, observing(stack.endpoints) as connection:
        broker = Broker(wired)
        await group.mail_is_out(broker, within=SETTLED_WITHIN)
        dead_letters = await broker.dead_letters()
        ledger = await read_ledger(connection, datetime.now(UTC))
        trail = await read_chains(connection, None, [])
    explained = [await explain_dose(stack.data, id, item) for id, item in _doses(group)]
    mail_ids = [str(mail["Message-ID"]) for mail in stack.mail.messages()]
    return Played(group, list(group.log), ledger, dead_letters, mail_ids, ids, trail, explained)


def _doses(group: Group) -> list[tuple[str, str]]:
    return [(str(told.data.program_id), told.data.item) for told in group.all_of(session.DoseAdministered)]


async def test_everybody_comes_to_the_end_that_is_theirs(played: Played) -> None:
    states = {person.program_id: person.state for person in played.ledger.people}
    assert {person.reference: states[id] for person, id in played.ids.items()} == {
        "B-1": "completed",
        "B-2": "completed",
        "B-3": "withdrawn",
    }
    assert played.ledger.balanced, played.ledger.faults


async def test_doses_and_circles_are_all_given_and_attended(played: Played) -> None:
    doses = {person: played.items(session.DoseAdministered, person) for person in played.ids}
    assert doses[STAYS] == doses[MISSES] == ["dose:1", "dose:2", "dose:3"]
    assert doses[LEAVES] == ["dose:1"]
    attended = played.group.all_of(integration.AttendanceRecorded, program_id=played.ids[STAYS], status="attended")
    assert [told.data.item for told in attended] == ["circle:1", "circle:2", "circle:3", "circle:4"]


async def test_a_missed_circle_holds_the_next_dose_until_its_make_up(played: Played) -> None:
    id = played.ids[MISSES]
    seen = next(item for item in played.group.while_absent[id]["next"] if item["item"] == "dose:2")
    assert seen["held"]
    assert [gate["name"] for gate in seen["gates"] if not gate["open"]] == ["circle_owed"]
    in_order = [
        played.place(integration.AbsenceRecorded, program_id=id, item="circle:1"),
        played.place(scheduler.DoseHeld, program_id=id),
        played.place(scheduler.MakeUpBooked, program_id=id),
        played.place(integration.AttendanceRecorded, program_id=id, item="make_up:circle:1", status="attended"),
        played.place(scheduler.DoseReleased, program_id=id),
        played.place(session.DoseAdministered, program_id=id, item="dose:2"),
    ]
    assert in_order == sorted(in_order)


async def test_whoever_leaves_keeps_the_safety_check_in_and_nothing_else(played: Played) -> None:
    id = played.ids[LEAVES]
    left = played.place(scheduler.StateChanged, program_id=id, state="withdrawn")
    asked = played.place(integration.CheckInOpened, program_id=id, item="check_in:safety")
    answered = played.place(integration.CheckInClosed, program_id=id, item="check_in:safety", closure="answered")
    assert left < asked < answered
    due = (scheduler.CheckInDue, scheduler.MeasureDue, scheduler.ReminderDue)
    later = [told.data for told in played.log[left:] if isinstance(told.data, due) and told.data.program_id == id]
    assert [told.item for told in later] == ["check_in:safety"]


async def test_no_rule_was_broken_by_the_event_log_alone(played: Played) -> None:
    assert audit.violations(played.log, ProtocolLibrary(PROTOCOLS).latest(BRISK)) == []
    assert played.dead_letters == 0


async def test_nothing_is_owed_any_more(played: Played) -> None:
    assert played.ledger.obligations
    assert [(owed.kind, owed.item, owed.owner) for owed in played.ledger.still_owed] == []


async def test_every_mail_arrived_once(played: Played) -> None:
    sent = [f"<{told.data.message_id}@homeward.invalid>" for told in played.group.all_of(notifications.MessageSent)]
    assert sent
    assert sorted(played.mail_ids) == sorted(sent)
    assert not played.group.all_of(notifications.MessageFailed)


async def test_the_audit_trail_of_every_service_is_what_was_written(played: Played) -> None:
    assert {chain.service for chain in played.trail} == set(SERVICES)
    assert [broken.detail for chain in played.trail for broken in chain.breaks] == []


async def test_every_dose_is_cleared_once_more_by_the_rules_of_then(played: Played) -> None:
    assert len(played.explained) == 7
    for dose in played.explained:
        assert dose.agrees, dose.document
        assert [(one.authority, one.recorded) for one in dose.answers] == [
            ("scheduler", "cleared"),
            ("intake", "cleared"),
            ("integration", "cleared"),
        ]
    console = Console(record=True, width=160, file=StringIO())
    played.explained[0].print(console)
    read = console.export_text()
    assert read.count("cleared") == 7
    assert "NO" not in read
