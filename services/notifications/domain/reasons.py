"""Why a message stands, and which fact takes that reason away.

A reason is a short key. It is gone for every message whose cause is not later than the fact that ended it, so that
the order in which facts are heard does not matter.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events import Event, intake, integration, scheduler, session
from shared.events.base import Attendance
from shared.protocol.items import missed_session


def of_forms(program_id: UUID) -> str:
    return f"forms:{program_id}"


def of_seat(program_id: UUID, cohort_id: UUID) -> str:
    return f"seat:{program_id}:{cohort_id}"


def of_membership(program_id: UUID, cohort_id: UUID) -> str:
    """Somebody has a seat in a cohort."""
    return f"member:{program_id}:{cohort_id}"


def of_item(program_id: UUID, item: str) -> str:
    """Something ahead of one person: a session, a check-in, a measurement point."""
    return f"ahead:{program_id}:{item}"


def of_absence(program_id: UUID, item: str) -> str:
    return f"absence:{program_id}:{item}"


def of_start(cohort_id: UUID, item: str, starts_at: datetime) -> str:
    """Name the reason that a session stands at this time."""
    return f"start:{cohort_id}:{item}:{starts_at.timestamp():.0f}"


def of_cancellation(cohort_id: UUID, item: str) -> str:
    """Name the reason that a session is cancelled, and did not come back."""
    return f"cancelled:{cohort_id}:{item}"


def of_next_step(program_id: UUID, item: str) -> str:
    """Name the reason that what follows an absence is to be planned; the same for a make-up of the item."""
    return f"next_step:{program_id}:{missed_session(item)}"


def of_going(program_id: UUID) -> str:
    """Somebody left, and did not come back."""
    return f"gone:{program_id}"


def of_page(key: str) -> str:
    return f"page:{key}"


def risk_key(event: integration.RiskRaised | integration.RiskClosed | session.RiskRaised | session.RiskClosed) -> str:
    """Return the key of the page about a risk: the same when it is raised and when a clinician has decided on it."""
    match event:
        case integration.RiskRaised() | integration.RiskClosed():
            return f"risk:{event.risk_id}"
        case session.RiskRaised() | session.RiskClosed():
            return f"risk:{event.session_id}:{event.program_id}"


_STANDS_ON: dict[type[Event], Callable[[Any], tuple[str, ...]]] = {
    intake.ReferralReceived: lambda e: (of_forms(e.program_id),),
    intake.FormsReminderDue: lambda e: (of_forms(e.program_id),),
    scheduler.SeatOffered: lambda e: (of_seat(e.program_id, e.cohort_id),),
    scheduler.MakeUpBooked: lambda e: (of_item(e.program_id, e.item),),
    scheduler.ReminderDue: lambda e: (
        of_item(e.program_id, e.session_item),
        of_start(e.cohort_id, e.session_item, e.starts_at),
    ),
    session.AbsenceRecorded: lambda e: (of_absence(e.program_id, e.item),),
    integration.AbsenceRecorded: lambda e: (of_absence(e.program_id, e.item),),
    integration.CheckInOpened: lambda e: (of_item(e.program_id, e.item),),
    integration.CheckInReminderDue: lambda e: (of_item(e.program_id, e.item),),
    integration.MeasureOpened: lambda e: (of_item(e.program_id, e.item),),
    integration.MeasureReminderDue: lambda e: (of_item(e.program_id, e.item),),
}


def _attended(event: Any) -> tuple[str, ...]:
    """Take away the reminder and the absence of somebody who was there; an absence comes with its own event."""
    status: Attendance = event.status
    match status:
        case "attended":
            return of_item(event.program_id, event.item), of_absence(event.program_id, event.item)
        case "absent":
            return ()


def _not_coming(event: Any) -> tuple[str, ...]:
    """Whoever said that they would not come need not be reminded.

    A no-show takes no reason away: if they were never told of the appointment, somebody must know that.
    """
    without_a_word = event.no_show and not event.excused
    return () if without_a_word else (of_item(event.program_id, event.item),)


_ENDS: dict[type[Event], Callable[[Any], tuple[str, ...]]] = {
    intake.FormsSubmitted: lambda e: (of_forms(e.program_id),),
    scheduler.SeatAccepted: lambda e: (of_seat(e.program_id, e.cohort_id),),
    scheduler.SeatDeclined: lambda e: (of_seat(e.program_id, e.cohort_id),),
    scheduler.SeatExpired: lambda e: (of_seat(e.program_id, e.cohort_id),),
    scheduler.SessionBooked: lambda e: (of_cancellation(e.cohort_id, e.item),),
    scheduler.MakeUpBooked: lambda e: (of_next_step(e.program_id, e.missed_item),),
    scheduler.SeatTakenBack: lambda e: (of_seat(e.program_id, e.cohort_id),),
    scheduler.MakeUpCancelled: lambda e: (of_item(e.program_id, e.item),),
    session.AttendanceRecorded: _attended,
    integration.AttendanceRecorded: _attended,
    session.AbsenceRecorded: _not_coming,
    integration.AbsenceRecorded: _not_coming,
    session.AttendanceCorrected: lambda e: (of_absence(e.program_id, e.item),),
    integration.AttendanceCorrected: lambda e: (of_absence(e.program_id, e.item),),
    integration.CheckInClosed: lambda e: (of_item(e.program_id, e.item),),
    integration.MeasureCompleted: lambda e: (of_item(e.program_id, e.item),),
    integration.MeasureMissed: lambda e: (of_item(e.program_id, e.item),),
    integration.RiskClosed: lambda e: (of_page(risk_key(e)),),
    session.RiskClosed: lambda e: (of_page(risk_key(e)),),
}


def reasons(event: Event, program_id: UUID | None = None) -> tuple[str, ...]:
    """Return what a message about this fact stands on; `program_id` for a fact of a whole cohort."""
    if isinstance(event, scheduler.SessionCancelled):
        return (of_cancellation(event.cohort_id, event.item),)
    if isinstance(event, scheduler.SessionBooked) and program_id:
        return (
            of_item(program_id, event.item),
            of_start(event.cohort_id, event.item, event.starts_at),
        )
    stands_on = _STANDS_ON.get(type(event))
    return stands_on(event) if stands_on else ()


def ends(event: Event) -> tuple[str, ...]:
    """Return the reasons that this fact takes away."""
    ending = _ENDS.get(type(event))
    return ending(event) if ending else ()
