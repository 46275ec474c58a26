"""What the scheduler publishes: seats, calendars, what is due, and where a program stands."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import base
from shared.events.base import ProtocolPin

Follows = Literal["dose", "leaving"]
"""What a check-in follows: a dose that was given, or leaving the program."""
SessionKind = Literal["preparation", "dose", "circle"]
Phase = Literal["screening", "cohort_assignment", "preparation", "dosing", "integration", "follow_up", "closed"]
State = Literal[
    "in_screening",
    "excluded",
    "redirected",
    "declined",
    "lapsed",
    "waiting",
    "offered",
    "active",
    "completed",
    "lost_to_follow_up",
    "withdrawn",
    "transferred",
    "died",
]


class CohortOpened(base.Event, producer="scheduler", entity="cohort", fact="opened", aggregate="cohort_id"):
    """A cohort takes people: its protocol is pinned from now on."""

    cohort_id: UUID
    protocol: ProtocolPin
    starts_on: date
    zone: str


class CohortClosed(base.Event, producer="scheduler", entity="cohort", fact="closed", aggregate="cohort_id"):
    """Nobody of the cohort is on the path any more."""

    cohort_id: UUID


class VersionReleased(base.Event, producer="scheduler", entity="version", fact="released", aggregate="release_id"):
    """A site may use this version of a protocol from now on: a clinician signed it, or it came with the site."""

    release_id: UUID
    protocol: ProtocolPin


class SeatOffered(base.Event, producer="scheduler", entity="seat", fact="offered"):
    """A seat is held for a person until `expires_at`."""

    program_id: UUID
    cohort_id: UUID
    expires_at: AwareDatetime


class SeatAccepted(base.Event, producer="scheduler", entity="seat", fact="accepted"):
    """The person took the seat and is a member of the cohort."""

    program_id: UUID
    cohort_id: UUID
    protocol: ProtocolPin
    zone: str


class SeatDeclined(base.Event, producer="scheduler", entity="seat", fact="declined"):
    """The person does not want the seat."""

    program_id: UUID
    cohort_id: UUID


class SeatExpired(base.Event, producer="scheduler", entity="seat", fact="expired"):
    """Nobody answered the offer in time; the seat goes to the next person.

    When `heard` is false no message could reach the person, and the offer does not count as ignored.
    """

    program_id: UUID
    cohort_id: UUID
    heard: bool = True


class SeatTakenBack(base.Event, producer="scheduler", entity="seat", fact="taken_back"):
    """The cohort was cancelled before it started: the person has no seat in it any more, and waits again.

    `was_offered`: they had not taken the seat yet, and so have no appointments that could be cancelled.
    """

    program_id: UUID
    cohort_id: UUID
    was_offered: bool = False


class _InTheCalendar(base.Event):
    """A session of a cohort's calendar, as it stands there since this revision."""

    session_id: UUID
    cohort_id: UUID
    item: str
    kind: SessionKind
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    zone: str
    calendar_revision: int
    protocol: ProtocolPin


class SessionBooked(_InTheCalendar, producer="scheduler", entity="session", fact="booked", aggregate="cohort_id"):
    """A session stands in the cohort's calendar (again, when `calendar_revision` rises: a later one replaces it)."""


class SessionCancelled(_InTheCalendar, producer="scheduler", entity="session", fact="cancelled", aggregate="cohort_id"):
    """A booked session is no longer in the cohort's calendar, as it stood there; it had not been announced as due.

    `with_its_cohort`: the whole cohort was cancelled, and its people get one message instead of one for each session.
    """

    with_its_cohort: bool = False


class SessionDue(base.Event, producer="scheduler", entity="session", fact="due", aggregate="cohort_id"):
    """A session begins soon: `roster` are those expected, `no_show_at` is when a missing person is absent."""

    session_id: UUID
    cohort_id: UUID
    item: str
    kind: SessionKind
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    no_show_at: AwareDatetime
    zone: str
    roster: tuple[UUID, ...]
    protocol: ProtocolPin


class MakeUpBooked(base.Event, producer="scheduler", entity="make_up", fact="booked"):
    """One person makes up a missed preparation (kept by session) or circle (kept by integration)."""

    program_id: UUID
    cohort_id: UUID
    session_id: UUID
    item: str
    missed_item: str
    kind: SessionKind
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    no_show_at: AwareDatetime
    zone: str
    protocol: ProtocolPin


class MakeUpCancelled(base.Event, producer="scheduler", entity="make_up", fact="cancelled"):
    """A booked make-up does not take place; what was missed is still to be made up."""

    program_id: UUID
    cohort_id: UUID
    session_id: UUID
    item: str
    missed_item: str
    kind: SessionKind
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    zone: str
    protocol: ProtocolPin


class CheckInDue(base.Event, producer="scheduler", entity="check_in", fact="due"):
    """A check-in call is due; integration chases the answer to its closure. `follows` is None from older builds."""

    program_id: UUID
    cohort_id: UUID | None
    item: str
    due_at: AwareDatetime
    zone: str
    protocol: ProtocolPin
    follows: Follows | None = None


class MeasureDue(base.Event, producer="scheduler", entity="measure", fact="due"):
    """A measurement point's window opened; integration chases its questionnaires to their closure."""

    program_id: UUID
    cohort_id: UUID | None
    item: str
    opens_at: AwareDatetime
    due_at: AwareDatetime
    closes_at: AwareDatetime
    zone: str
    protocol: ProtocolPin


class ReminderDue(base.Event, producer="scheduler", entity="reminder", fact="due"):
    """A person is reminded of a session ahead of them."""

    program_id: UUID
    cohort_id: UUID
    item: str
    session_item: str
    kind: SessionKind
    starts_at: AwareDatetime
    zone: str
    protocol: ProtocolPin


class DoseHeld(base.Event, producer="scheduler", entity="dose", fact="held"):
    """The person's next dose is on hold until what was missed is made up, or a clinician signs an override."""

    program_id: UUID
    item: str


class DoseReleased(base.Event, producer="scheduler", entity="dose", fact="released"):
    """The person's next dose is not on hold any more."""

    program_id: UUID
    item: str


class ItemOverridden(base.Event, producer="scheduler", entity="item", fact="overridden"):
    """A clinician signed that a session which is still to be made up does not hold the next dose."""

    program_id: UUID
    item: str


class ProgramAmended(base.Event, producer="scheduler", entity="program", fact="amended"):
    """The program follows another version of its protocol from now on; what was asked before stays as it was asked."""

    program_id: UUID
    cohort_id: UUID
    amendment_id: UUID
    protocol: ProtocolPin


class PhaseChanged(base.Event, producer="scheduler", entity="program", fact="phase_changed", audience="public"):
    """A program entered another phase."""

    program_id: UUID
    cohort_id: UUID | None
    phase: Phase


class StateChanged(base.Event, producer="scheduler", entity="program", fact="state_changed"):
    """A program's state in the ledger changed. Every program is in exactly one."""

    program_id: UUID
    cohort_id: UUID | None
    state: State


class ObligationOpened(
    base.ObligationOpened, producer="scheduler", entity="obligation", fact="opened", aggregate="obligation_id"
):
    """Something is due at the scheduler: what follows an absence, a withdrawal review, an orphaned fact."""


class ObligationEscalated(
    base.ObligationEscalated, producer="scheduler", entity="obligation", fact="escalated", aggregate="obligation_id"
):
    """An obligation of the scheduler passed a stage."""


class ObligationClosed(
    base.ObligationClosed, producer="scheduler", entity="obligation", fact="closed", aggregate="obligation_id"
):
    """An obligation of the scheduler ended."""
