"""Each service's tables against a fresh reading of the log: what they believe is what was told, all of it, once."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any
from uuid import UUID

from chaos.invariants.evidence import Evidence, Violation
from chaos.invariants.mail import gathered
from shared.events import Event, intake, integration, notifications, scheduler, session
from shared.events.scheduler import State
from shared.vocabulary import those

ON_THE_PATH: frozenset[State] = those(
    State,
    are=("waiting", "offered", "active"),
    are_not=(
        "in_screening",
        "excluded",
        "redirected",
        "declined",
        "lapsed",
        "completed",
        "lost_to_follow_up",
        "withdrawn",
        "transferred",
        "died",
    ),
)
Attendance = session.AttendanceRecorded, integration.AttendanceRecorded
Absence = session.AbsenceRecorded, integration.AbsenceRecorded
FACTS: dict[type, tuple[str, str]] = {
    intake.ReferralReceived: ("referred", "referred"),
    intake.FormsSubmitted: ("forms", "forms_submitted"),
    intake.ScreeningDecided: ("screened", "screened"),
    intake.ScreeningLapsed: ("lapsed", "screening_lapsed"),
    intake.AgreementSigned: ("agreement", "agreement_signed"),
    session.AttendanceRecorded: ("attendance", "attended"),
    integration.AttendanceRecorded: ("attendance", "attended"),
    session.AbsenceRecorded: ("attendance", "absent"),
    integration.AbsenceRecorded: ("attendance", "absent"),
    session.AttendanceCorrected: ("correction", "absence_taken_back"),
    integration.AttendanceCorrected: ("correction", "absence_taken_back"),
    notifications.AbsenceUnheard: ("unheard", "absence_unheard"),
    session.DoseAdministered: ("dose", "dosed"),
    session.DoseWithheld: ("dose", "withheld"),
    integration.CheckInClosed: ("check_in", "check_in_closed"),
    integration.MeasureCompleted: ("measure", "measure_completed"),
    integration.MeasureMissed: ("measure", "measure_missed"),
}
"""What an event is about, and the fact that it becomes; of one thing about one item only the first is kept."""
OF_KIND = {fact: about for about, fact in FACTS.values()}
ENDS: dict[type[Event], str] = {
    notifications.MessageSent: "sent",
    notifications.MessageSuppressed: "suppressed",
    notifications.MessageFailed: "failed",
}


def _differences(rule: str, told: Iterable[Hashable], kept: Iterable[Hashable], where: str) -> Iterator[Violation]:
    told, kept = set(told), set(kept)
    for one in told - kept:
        yield Violation(rule, f"the log tells {_words(one)}, and {where} does not hold it", _ids(one))
    for one in kept - told:
        yield Violation(rule, f"{where} holds {_words(one)}, and the log never told it", _ids(one))


def _words(one: Any) -> str:
    return ", ".join(map(str, one)) if isinstance(one, tuple) else str(one)


def _ids(one: Any) -> frozenset[UUID]:
    return frozenset(part for part in (one if isinstance(one, tuple) else (one,)) if isinstance(part, UUID))


def facts_are_what_was_told(seen: Evidence) -> Iterator[Violation]:
    """A program's facts from other services: each told thing is a fact, and each such fact was told."""
    told, about = set(), set()
    for one in seen.told(*FACTS):
        subject, kind = FACTS[type(one.data)]
        if type(one.data) in Attendance and one.data.status != "attended":
            continue
        item = getattr(one.data, "item", getattr(one.data, "kind", ""))
        told.add((one.data.program_id, kind, item))
        about.add((one.data.program_id, subject, item))
    rows = [row for row in seen.rows["scheduler.program_fact"] if row["kind"] in OF_KIND]
    whole = {"referral": "", "forms": "", "screening": ""}
    facts = [(row["program_id"], row["kind"], whole.get(row["item"], row["item"])) for row in rows]
    for fact in set(facts) - told:
        yield Violation("fact_out_of_nothing", f"the scheduler holds {_words(fact)}, which was never told", _ids(fact))
    known = {(id, OF_KIND[kind], item) for id, kind, item in facts}
    for missing in about - known:
        yield Violation("fact_missing", f"the scheduler has no fact of {_words(missing)}", _ids(missing))


def states_are_what_was_told(seen: Evidence) -> Iterator[Violation]:
    """Where a program stands: the same at the scheduler and at all who keep it."""
    last: dict[UUID, str] = {}
    for one in sorted(seen.told(scheduler.StateChanged), key=lambda one: one.sequence):
        last[one.data.program_id] = one.data.state
    states = set(last.items())
    own = {(row["id"], row["state"]) for row in seen.rows["scheduler.program"] if row["id"] in last}
    yield from _differences("state_differs", states, own, "the scheduler")
    for where in ("intake.participant", "session.participant", "integration.participant", "notifications.participant"):
        held = {(row["program_id"], row["state"]) for row in seen.rows[where] if row["state"]}
        yield from _differences("state_differs", states, held, where)


def no_seat_is_held_by_somebody_who_left(seen: Evidence) -> Iterator[Violation]:
    """A seat, offered or taken, belongs to somebody who is on the path."""
    states = {row["id"]: row["state"] for row in seen.rows["scheduler.program"]}
    for seat in seen.rows["scheduler.seat"]:
        id = seat["program_id"]
        if id is not None and states.get(id) not in ON_THE_PATH:
            words = f"seat {seat['number']} of {seat['cohort_id']} is {seat['state']} by {id}, who is {states.get(id)}"
            yield Violation("seat_held_by_nobody", words, frozenset({id}))


def asked_is_what_was_due(seen: Evidence) -> Iterator[Violation]:
    """Check-ins, questionnaires, circles and sessions: each that was due or booked is there, and nothing else."""
    due = {(one.data.program_id, one.data.item) for one in seen.told(scheduler.CheckInDue)}
    yield from _differences("check_in_differs", due, _keys(seen, "integration.check_in"), "integration.check_in")
    due = {(one.data.program_id, one.data.item) for one in seen.told(scheduler.MeasureDue)}
    yield from _differences("measure_differs", due, _keys(seen, "integration.measure"), "integration.measure")
    booked = [one.data for one in seen.told(scheduler.SessionBooked, scheduler.MakeUpBooked)]
    circles = {one.session_id for one in booked if one.kind == "circle"}
    held = {row["session_id"] for row in seen.rows["integration.circle"]}
    yield from _differences("circle_differs", circles, held, "integration.circle")
    days = {one.session_id for one in booked if one.kind != "circle"}
    yield from _differences(
        "session_differs", days, {row["id"] for row in seen.rows["session.session"]}, "session.session"
    )


def _keys(seen: Evidence, table: str) -> set[tuple[UUID, str]]:
    return {(row["program_id"], row["item"]) for row in seen.rows[table]}


def done_is_what_was_told(seen: Evidence) -> Iterator[Violation]:
    """What a service keeps of its own acts is what it told of them: no more, no less, no other end."""
    for event, table, key in (
        (intake.ReferralReceived, "intake.referral", "program_id"),
        (integration.RiskRaised, "integration.risk", "risk_id"),
        (notifications.PageRaised, "notifications.page", "page_id"),
    ):
        told = {getattr(one.data, key) for one in seen.told(event)}
        held = {row.get(key, row.get("id")) for row in seen.rows[table]}
        yield from _differences("kept_otherwise", told, held, table)
    closed = {(one.data.program_id, one.data.item, one.data.closure) for one in seen.told(integration.CheckInClosed)}
    held = {(row["program_id"], row["item"], row["closure"]) for row in seen.rows["integration.check_in"]}
    yield from _differences("kept_otherwise", closed, held, "integration.check_in")
    ended = [(one.data.message_id, ENDS[type(one.data)]) for one in seen.told(*ENDS)]
    yield from _differences(
        "kept_otherwise",
        ended,
        {(r["id"], r["state"]) for r in seen.rows["notifications.message"] if r["id"] not in gathered(seen)},
        "notifications.message",
    )
    if len(ended) != len({id for id, _ in ended}):
        yield Violation("ended_twice", "a message came to an end more than once")
