"""What session publishes: preparation and dosing sessions as they happened."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import base
from shared.events.base import Attendance, CorrectedAttendance
from shared.events.questions import Authority

DoseDecision = Literal["go", "no_go"]
"""What a prescriber decides for one person on a dosing day."""
Flagged = Literal["review", "hold", "emergency"]
"""How far vital signs are outside the protocol's limits, the mildest first."""


class Clearance(base.WireModel):
    """One authority's answer to «may this person be dosed now», kept as the dose's proof."""

    authority: Authority
    revision: int
    answered_at: AwareDatetime
    valid_until: AwareDatetime


class AttendanceRecorded(base.Event, producer="session", entity="attendance", fact="recorded", audience="public"):
    """Who was there. An absence is a status here, never a reason."""

    program_id: UUID
    session_id: UUID
    item: str
    status: Attendance


class AttendanceCorrected(base.Event, producer="session", entity="attendance", fact="corrected", audience="public"):
    """A recorded absence is taken back: the person was there after all, or is expected again."""

    program_id: UUID
    session_id: UUID
    item: str
    status: CorrectedAttendance


class AbsenceRecorded(base.Event, producer="session", entity="absence", fact="recorded"):
    """A person was absent from a preparation or dosing session."""

    program_id: UUID
    session_id: UUID
    item: str
    excused: bool
    no_show: bool


class ParticipantArrived(base.Event, producer="session", entity="participant", fact="arrived"):
    """The person's check-in for the session is complete."""

    program_id: UUID
    session_id: UUID
    item: str


class DoseDecided(base.Event, producer="session", entity="dose", fact="decided"):
    """A prescriber decided whether this person is dosed today."""

    program_id: UUID
    session_id: UUID
    item: str
    decision: DoseDecision


class DoseAdministered(base.Event, producer="session", entity="dose", fact="administered"):
    """A dose was given, with the clearances that it is based on. The event carries no amount.

    Who administered and who verified are the subjects of their own tokens, never a word that somebody typed.
    """

    program_id: UUID
    session_id: UUID
    item: str
    administered_at: AwareDatetime
    administered_by: str
    verified_by: str
    clearances: tuple[Clearance, ...]


class DoseWithheld(base.Event, producer="session", entity="dose", fact="withheld"):
    """The person was there and was not dosed. It is not given later: a missed dose is never doubled."""

    program_id: UUID
    session_id: UUID
    item: str


class VitalsFlagged(base.Event, producer="session", entity="vitals", fact="flagged"):
    """A measurement is outside the protocol's range; `emergency` pages at once."""

    program_id: UUID
    session_id: UUID
    item: str
    level: Flagged


class RiskRaised(base.Event, producer="session", entity="risk", fact="raised"):
    """The screener at check-in signals risk: every dose waits until a clinician has decided.

    `page`: whether the protocol has somebody paged at this level.
    """

    program_id: UUID
    session_id: UUID
    item: str
    page: bool = True


class RiskClosed(base.Event, producer="session", entity="risk", fact="closed"):
    """A clinician decided on what the screener of this session signalled."""

    program_id: UUID
    session_id: UUID
    item: str


class AdverseEventRecorded(base.Event, producer="session", entity="adverse_event", fact="recorded"):
    """An adverse event is in the record; a serious one pages at once."""

    program_id: UUID
    session_id: UUID
    item: str
    serious: bool


class ParticipantDischarged(base.Event, producer="session", entity="participant", fact="discharged"):
    """A clinician signed that the person may leave."""

    program_id: UUID
    session_id: UUID
    item: str


class DischargeCorrected(base.Event, producer="session", entity="discharge", fact="corrected"):
    """A person was discharged by mistake: they are observed again until a clinician signs that they may leave."""

    program_id: UUID
    session_id: UUID
    item: str


class ServiceRendered(base.Event, producer="session", entity="service", fact="rendered", audience="public"):
    """A service that can be billed: who, what kind, how long, in how large a group."""

    program_id: UUID
    session_id: UUID
    item: str
    service: Literal["preparation", "dosing"]
    minutes: int
    participants: int


class SessionClosed(
    base.Event, producer="session", entity="session", fact="closed", audience="public", aggregate="session_id"
):
    """Everyone of the session is accounted for and gone home."""

    session_id: UUID
    cohort_id: UUID
    item: str


class ObligationOpened(
    base.ObligationOpened, producer="session", entity="obligation", fact="opened", aggregate="obligation_id"
):
    """Something is due at session: attendance, observations, a discharge."""


class ObligationEscalated(
    base.ObligationEscalated, producer="session", entity="obligation", fact="escalated", aggregate="obligation_id"
):
    """An obligation of session passed a stage."""


class ObligationClosed(
    base.ObligationClosed, producer="session", entity="obligation", fact="closed", aggregate="obligation_id"
):
    """An obligation of session ended."""
