"""What integration publishes: circles, check-ins, risk and measures."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from shared.events import base
from shared.events.base import Attendance, CorrectedAttendance
from shared.events.scheduler import Follows

CheckInClosure = Literal["answered", "reached", "clinician_closed", "welfare_check", "program_closed"]
"""How a check-in ends."""


class AttendanceRecorded(base.Event, producer="integration", entity="attendance", fact="recorded", audience="public"):
    """Who was in the circle. An absence is a status here, never a reason."""

    program_id: UUID
    session_id: UUID
    item: str
    status: Attendance


class AttendanceCorrected(base.Event, producer="integration", entity="attendance", fact="corrected", audience="public"):
    """A recorded absence is taken back: the person was there after all, or is expected again."""

    program_id: UUID
    session_id: UUID
    item: str
    status: CorrectedAttendance


class AbsenceRecorded(base.Event, producer="integration", entity="absence", fact="recorded"):
    """A person was absent from a circle."""

    program_id: UUID
    session_id: UUID
    item: str
    excused: bool
    no_show: bool


class ServiceRendered(base.Event, producer="integration", entity="service", fact="rendered", audience="public"):
    """A circle that can be billed: who, how long, in how large a group."""

    program_id: UUID
    session_id: UUID
    item: str
    service: Literal["integration_circle"]
    minutes: int
    participants: int


class CircleClosed(
    base.Event, producer="integration", entity="circle", fact="closed", audience="public", aggregate="session_id"
):
    """Everyone of the circle is accounted for."""

    session_id: UUID
    cohort_id: UUID
    item: str


class CheckInOpened(base.Event, producer="integration", entity="check_in", fact="opened"):
    """A person is asked how they are. `follows` is None from older builds."""

    program_id: UUID
    item: str
    follows: Follows | None = None


class CheckInReminderDue(base.Event, producer="integration", entity="check_in", fact="reminder_due"):
    """A check-in is unanswered; the person is reminded. `follows` is None from older builds."""

    program_id: UUID
    item: str
    reminder: int
    follows: Follows | None = None


class CheckInClosed(base.Event, producer="integration", entity="check_in", fact="closed"):
    """A check-in came to its end: an answer, a call that reached the person, or a clinician's decision."""

    program_id: UUID
    item: str
    closure: CheckInClosure


class RiskRaised(base.Event, producer="integration", entity="risk", fact="raised"):
    """Something signals risk: a clinician is paged, and the next dose waits for their decision."""

    program_id: UUID
    risk_id: UUID
    item: str


class RiskClosed(base.Event, producer="integration", entity="risk", fact="closed"):
    """A clinician decided what the signal means and what was done."""

    program_id: UUID
    risk_id: UUID
    item: str


class MeasureOpened(base.Event, producer="integration", entity="measure", fact="opened"):
    """A measurement point's questionnaires are sent."""

    program_id: UUID
    item: str


class MeasureReminderDue(base.Event, producer="integration", entity="measure", fact="reminder_due"):
    """A measurement point is incomplete; the person is reminded."""

    program_id: UUID
    item: str
    reminder: int


class MeasureCompleted(base.Event, producer="integration", entity="measure", fact="completed"):
    """All questionnaires of a measurement point are complete; `late` when after its window."""

    program_id: UUID
    item: str
    late: bool


class MeasureMissed(base.Event, producer="integration", entity="measure", fact="missed"):
    """A measurement point was chased to its end and stays incomplete."""

    program_id: UUID
    item: str


class ObligationOpened(
    base.ObligationOpened, producer="integration", entity="obligation", fact="opened", aggregate="obligation_id"
):
    """Something is due at integration: attendance, an answer, a risk decision, a measure."""


class ObligationEscalated(
    base.ObligationEscalated, producer="integration", entity="obligation", fact="escalated", aggregate="obligation_id"
):
    """An obligation of integration passed a stage."""


class ObligationClosed(
    base.ObligationClosed, producer="integration", entity="obligation", fact="closed", aggregate="obligation_id"
):
    """An obligation of integration ended."""
