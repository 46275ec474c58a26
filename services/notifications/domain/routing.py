"""Who hears what: the table from a fact to those who are told of it.

Peers are never told of an absence; what a participant reads is neutral; staff read the fact and an opaque task id.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

from services.notifications.domain.email import CALENDAR_STANDS, SEAT_TAKEN, Appointment
from services.notifications.domain.message import Notice, Recipient
from services.notifications.domain.reasons import of_going, of_membership, of_next_step, reasons
from shared.events import Event, intake, integration, scheduler, session
from shared.events.base import CorrectedAttendance
from shared.protocol.calendar import Follows
from shared.protocol.items import session_kind
from shared.protocol.vocabulary import MessageCategory, SessionKind
from shared.vocabulary import those

EXPECTED_AGAIN = those(CorrectedAttendance, are=("expected",), are_not=("attended",))

Predicate = Callable[[Any], bool]


@dataclass(frozen=True)
class Route:
    """One line of the table: this recipient reads this text, if `when` holds for the fact."""

    recipient: Recipient
    text: str
    category: MessageCategory | Callable[[Any], MessageCategory]
    when: Predicate = lambda _: True
    also: Callable[[Any], tuple[str, ...]] = lambda _: ()
    """What else this recipient's message stands on, beside what every message about the fact does."""


def check_in_category(event: Any) -> MessageCategory:
    """Return the class of a check-in by what it follows: no cap and no quiet hour holds one for safety.

    An event of an older build does not say what it follows: it is taken for the one that is not held.
    """
    follows: Follows | None = event.follows
    match follows:
        case "dose" | "leaving" | None:
            return MessageCategory.SAFETY_CHECK_IN
        case _:
            assert_never(follows)


def _not_there(event: Any) -> bool:
    return bool(event.no_show and not event.excused)


def _dose_missed(event: Any) -> bool:
    return session_kind(event.item) is SessionKind.DOSE


def _expected_again(event: Any) -> bool:
    return event.status in EXPECTED_AGAIN


PARTICIPANT, FACILITATOR, PRESCRIBER = Recipient.PARTICIPANT, Recipient.FACILITATOR, Recipient.PRESCRIBER
_ABSENCE = (
    Route(PARTICIPANT, "absence", MessageCategory.ABSENCE, also=lambda e: (of_next_step(e.program_id, e.item),)),
    Route(FACILITATOR, "absence_recorded", MessageCategory.STAFF_TASK),
    Route(FACILITATOR, "we_missed_you", MessageCategory.STAFF_TASK, when=_not_there),
    Route(PRESCRIBER, "dose_missed", MessageCategory.STAFF_TASK, when=_dose_missed),
)
_ABSENCE_TAKEN_BACK = (
    Route(PARTICIPANT, "absence_taken_back", MessageCategory.ABSENCE, when=_expected_again),
    Route(FACILITATOR, "absence_corrected", MessageCategory.STAFF_TASK),
    Route(PRESCRIBER, "absence_corrected", MessageCategory.STAFF_TASK, when=_dose_missed),
)

WHO_HEARS: dict[type[Event], tuple[Route, ...]] = {
    intake.ReferralReceived: (Route(PARTICIPANT, "forms_asked", MessageCategory.FORMS),),
    intake.FormsReminderDue: (Route(PARTICIPANT, "forms", MessageCategory.FORMS),),
    scheduler.SeatOffered: (Route(PARTICIPANT, "seat_offer", MessageCategory.SEAT_OFFER),),
    scheduler.MakeUpBooked: (Route(PARTICIPANT, "make_up", MessageCategory.CALENDAR_CHANGE),),
    scheduler.MakeUpCancelled: (Route(PARTICIPANT, "cancelled", MessageCategory.CALENDAR_CHANGE),),
    scheduler.SeatTakenBack: (
        Route(PARTICIPANT, "seat_taken_back", MessageCategory.CALENDAR_CHANGE, when=lambda e: not e.was_offered),
        Route(PARTICIPANT, "offer_taken_back", MessageCategory.CALENDAR_CHANGE, when=lambda e: e.was_offered),
    ),
    scheduler.ReminderDue: (Route(PARTICIPANT, "session_reminder", MessageCategory.SESSION_REMINDER),),
    session.AbsenceRecorded: _ABSENCE,
    integration.AbsenceRecorded: _ABSENCE,
    session.AttendanceCorrected: _ABSENCE_TAKEN_BACK,
    integration.AttendanceCorrected: _ABSENCE_TAKEN_BACK,
    integration.CheckInOpened: (Route(PARTICIPANT, "check_in", check_in_category),),
    integration.CheckInReminderDue: (Route(PARTICIPANT, "check_in_reminder", check_in_category),),
    integration.MeasureOpened: (Route(PARTICIPANT, "measure", MessageCategory.MEASURE),),
    integration.MeasureReminderDue: (Route(PARTICIPANT, "measure_reminder", MessageCategory.MEASURE),),
}
"""A page (risk, vitals, adverse event) is in paging.py; a change of the calendar is `calendar_changed` below."""


def notices(event: Event) -> tuple[Notice, ...]:
    """Everyone who hears of this fact."""
    return tuple(_notices(event))


def _notices(event: Any) -> Iterator[Notice]:
    for line in WHO_HEARS.get(type(event), ()):
        if line.when(event):
            category = line.category(event) if callable(line.category) else line.category
            yield Notice(
                recipient=line.recipient,
                text=line.text,
                category=category,
                program_id=event.program_id,
                reasons=(*reasons(event), *line.also(event)),
                useless_after=getattr(event, "expires_at", getattr(event, "starts_at", None)),
                about=_about(event),
            )


def _about(event: Any) -> dict[str, str]:
    """Return what the text may need: times and ids alone. A session is found by its cohort and item when it is sent."""
    named = {
        "cohort_id": getattr(event, "cohort_id", None),
        "item": getattr(event, "session_item", getattr(event, "item", None)),
        "starts_at": getattr(event, "starts_at", None),
        "expires_at": getattr(event, "expires_at", None),
    }
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else str(value) for name, value in named.items() if value
    }


def calendar_news(known: Appointment | None, now: Appointment) -> str | None:
    """Return what members read when a cohort's calendar changes; None: nothing is new to them.

    A calendar's first revision is made before anybody has a seat.
    """
    if now.cancelled:
        return "cancelled"
    if known is None or known.cancelled:
        return "booked" if now.revision > 1 else None
    return None if known.starts_at == now.starts_at else "calendar_change"


def seat_taken(accepted: scheduler.SeatAccepted) -> Notice:
    """Return what somebody hears who took a seat: every date of the calendar, in one mail."""
    return Notice(
        recipient=PARTICIPANT,
        text=SEAT_TAKEN,
        category=MessageCategory.CALENDAR_CHANGE,
        program_id=accepted.program_id,
        reasons=(of_membership(accepted.program_id, accepted.cohort_id),),
        about=_about(accepted),
    )


def calendar_ended(program_id: UUID, cohort_id: UUID) -> Notice:
    """Return what somebody hears who left: no appointment that they were told of is held for them any more."""
    return Notice(
        recipient=PARTICIPANT,
        text="calendar_ended",
        category=MessageCategory.CALENDAR_CHANGE,
        program_id=program_id,
        reasons=(of_going(program_id),),
        about={"cohort_id": str(cohort_id), "ends_calendar": True},
    )


def calendar_stands(program_id: UUID, cohort_id: UUID) -> Notice:
    """Return what somebody hears who was told by mistake that their appointments are not held for them any more."""
    return Notice(
        recipient=PARTICIPANT,
        text=CALENDAR_STANDS,
        category=MessageCategory.CALENDAR_CHANGE,
        program_id=program_id,
        reasons=(of_membership(program_id, cohort_id),),
        about={"cohort_id": str(cohort_id)},
    )


def calendar_changed(
    booked: scheduler.SessionBooked | scheduler.SessionCancelled, text: str, program_id: Any, was: str | None = None
) -> Notice:
    """Return what a member of the cohort hears when a session of theirs is booked, moved or cancelled.

    `was` is the time that they know of, where it is another.
    """
    return Notice(
        recipient=PARTICIPANT,
        text=text,
        category=MessageCategory.CALENDAR_CHANGE,
        program_id=program_id,
        reasons=reasons(booked, program_id),
        useless_after=booked.starts_at,
        about=_about(booked) | ({"was": was} if was else {}),
    )
