"""What a rehearsal came to: the JSON summary, filled from the event log, the ledger and the outcome table."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from rehearsal.audit import facts_inside_a_step, violations
from rehearsal.grid import GridSummary
from rehearsal.ledger import Ledger
from rehearsal.virtual_time import Step
from shared.events import Envelope, Event, integration, notifications, scheduler, session
from shared.protocol.items import is_make_up, missed_session
from shared.protocol.model import Protocol

Log = Sequence[Envelope[Event]]


class Span(BaseModel):
    """From the first event to the end, in virtual time."""

    start: datetime
    end: datetime


class LedgerSummary(BaseModel):
    """How many people are in each state; they sum to `referred` when it is balanced."""

    referred: int
    in_screening: int
    excluded: int
    redirected: int
    declined: int
    lapsed: int
    waiting: int
    offered: int
    active: int
    completed: int
    lost_to_follow_up: int
    withdrawn: int
    transferred: int
    died: int
    balanced: bool


class ParticipantSummary(BaseModel):
    """`outcome` is the state of the ledger; `circles` counts what was attended, make-ups among them."""

    referral: str
    outcome: str
    doses: int
    circles: int
    absences: int


class AbsenceSummary(BaseModel):
    """`owner` is the role that owed the remedy; `closed_by` is how it was closed (null while it is open)."""

    referral: str
    item: str
    owner: str
    closed_by: str | None
    closed_at: datetime | None


class ObligationSummary(BaseModel):
    opened: int
    closed: int
    open_without_owner: int
    overdue: int


class EventSummary(BaseModel):
    published: int
    by_type: dict[str, int]
    dead_letters: int


class MessageSummary(BaseModel):
    sent: int
    suppressed: int
    failed: int
    pages: int


class OutcomeSummary(BaseModel):
    """Of everyone who reached a baseline: how many answered, how many did not, and what the totals are like."""

    n: int
    missing: int
    mean: float | None
    sd: float | None


class ClockSummary(BaseModel):
    steps: int
    facts_inside_a_step: int


class Summary(BaseModel):
    """The JSON summary of a rehearsal.

    `outcomes` is keyed by instrument, or `instrument:subscale`, then by measurement point.
    """

    protocol: str
    seed: int
    virtual: Span
    wall_seconds: float
    ledger: LedgerSummary
    participants: list[ParticipantSummary]
    absences: list[AbsenceSummary]
    obligations: ObligationSummary
    events: EventSummary
    messages: MessageSummary
    outcomes: dict[str, dict[str, OutcomeSummary]]
    clock: ClockSummary
    violations: list[str]
    grid: GridSummary


@dataclass(frozen=True)
class Rehearsed:
    """Everything that a rehearsal left behind. `troubles` say what stopped it or one of the actors."""

    protocol: Protocol
    seed: int
    ended: datetime
    wall_seconds: float
    log: Log
    steps: Sequence[Step]
    ledger: Ledger
    outcomes: Iterable[Mapping[str, Any]]
    dead_letters: int
    grid: GridSummary
    troubles: Sequence[str] = ()


def summarise(done: Rehearsed) -> Summary:
    """The summary, exactly as `--json` writes it."""
    references = {person.program_id: person.reference or str(person.program_id) for person in done.ledger.people}
    counted = Counter(event.type for event in done.log)
    return Summary(
        protocol=done.protocol.id,
        seed=done.seed,
        virtual=Span(start=min((event.time for event in done.log), default=done.ended), end=done.ended),
        wall_seconds=round(done.wall_seconds, 1),
        ledger=LedgerSummary.model_validate(
            {"referred": done.ledger.referred, "balanced": done.ledger.balanced} | done.ledger.by_state
        ),
        participants=_participants(done),
        absences=_absences(done.log, references),
        obligations=_obligations(done.ledger),
        events=EventSummary(
            published=len(done.log), by_type=dict(sorted(counted.items())), dead_letters=done.dead_letters
        ),
        messages=_messages(counted),
        outcomes=_outcomes(done.outcomes),
        clock=ClockSummary(steps=len(done.steps), facts_inside_a_step=len(facts_inside_a_step(done.log, done.steps))),
        violations=[_with_references(words, references) for words in violations(done.log, done.protocol)],
        grid=done.grid,
    )


def failures(done: Rehearsed, summary: Summary) -> list[str]:
    """Why the rehearsal did not go as it must, in words; none = exit status 0."""
    found = [f"The ledger does not balance: {fault}." for fault in done.ledger.faults]
    found += [f"{owed.kind} of {owed.item} ({owed.service}) has no owner." for owed in done.ledger.without_owner]
    found += [f"A rule was broken: {violation}." for violation in summary.violations]
    found += [f"The rehearsal was stopped: {trouble}" for trouble in done.troubles]
    if summary.events.dead_letters:
        found.append(f"{summary.events.dead_letters} events are kept as dead letters: ./homeward deadletters list")
    return found + [f"The clock went on too early: {fact}." for fact in facts_inside_a_step(done.log, done.steps)]


def _participants(done: Rehearsed) -> list[ParticipantSummary]:
    doses: Counter[UUID] = Counter()
    circles: dict[UUID, set[str]] = defaultdict(set)
    absences: dict[UUID, set[str]] = defaultdict(set)
    for event in done.log:
        match event.data:
            case session.DoseAdministered(program_id=id):
                doses[id] += 1
            case integration.AttendanceRecorded(program_id=id, item=item, status="attended"):
                circles[id].add(missed_session(item))
            case (
                session.AbsenceRecorded(program_id=id, item=item)
                | integration.AbsenceRecorded(program_id=id, item=item)
            ):
                absences[id].add(missed_session(item))
            case _:
                pass
    return [
        ParticipantSummary(
            referral=person.reference or str(person.program_id),
            outcome=person.state or "unknown",
            doses=doses[person.program_id],
            circles=len(circles[person.program_id]),
            absences=len(absences[person.program_id]),
        )
        for person in done.ledger.people
    ]


def _absences(log: Log, references: Mapping[UUID, str]) -> list[AbsenceSummary]:
    """Each absence once, with who owed its remedy at last, and how that was closed."""
    found: dict[tuple[UUID, str], AbsenceSummary] = {}
    for event in log:
        match event.data:
            case (
                session.AbsenceRecorded(program_id=id, item=item)
                | integration.AbsenceRecorded(program_id=id, item=item)
            ):
                if not is_make_up(item):
                    nobody = AbsenceSummary(
                        referral=references.get(id, str(id)), item=item, owner="", closed_by=None, closed_at=None
                    )
                    found.setdefault((id, item), nobody)
            case (
                scheduler.ObligationOpened(kind="absence", program_id=UUID() as id, item=item, owner=owner)
                | scheduler.ObligationEscalated(kind="absence", program_id=UUID() as id, item=item, owner=owner)
            ) if (id, item) in found:
                found[id, item].owner = owner
            case scheduler.ObligationClosed(kind="absence", program_id=UUID() as id, item=item) as closed:
                if (id, item) in found:
                    found[id, item].closed_by, found[id, item].closed_at = closed.closure, event.time
            case _:
                pass
    return sorted(found.values(), key=lambda absence: (absence.referral, absence.item))


def _obligations(ledger: Ledger) -> ObligationSummary:
    return ObligationSummary(
        opened=len(ledger.obligations),
        closed=len(ledger.obligations) - len(ledger.still_owed),
        open_without_owner=len(ledger.without_owner),
        overdue=len(ledger.overdue),
    )


def _messages(counted: Mapping[str, int]) -> MessageSummary:
    def told(event: type[Event]) -> int:
        return counted.get(event.event_type(), 0)

    return MessageSummary(
        sent=told(notifications.MessageSent),
        suppressed=told(notifications.MessageSuppressed),
        failed=told(notifications.MessageFailed),
        pages=told(notifications.PageRaised),
    )


def _outcomes(cells: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, OutcomeSummary]]:
    found: dict[str, dict[str, OutcomeSummary]] = defaultdict(dict)
    for cell in cells:
        scored = ":".join(filter(None, (cell["instrument"], cell["subscale"])))
        found[scored][cell["measure"]] = OutcomeSummary.model_validate(cell)
    return dict(found)


def _with_references(words: str, references: Mapping[UUID, str]) -> str:
    """People are named as their referral names them, so that the same seed tells the same words."""
    for program_id, reference in references.items():
        words = words.replace(f"program {program_id}", reference)
    return words
