"""What notifications hears. Order and repeats do not matter: reasons are compared by their times, rows by revisions."""

from dataclasses import replace
from typing import Any

from services.notifications.commands.acknowledge_page import settle_page
from services.notifications.commands.follow_leaving import follow_leaving
from services.notifications.commands.follow_zone import follow_zone
from services.notifications.commands.page_on_call import page_on_call
from services.notifications.commands.tell_of_absence import tell_of_absence
from services.notifications.commands.tell_of_fact import tell_of_fact
from services.notifications.commands.tell_of_seat import tell_of_lost_seat, tell_of_seat
from services.notifications.commands.tell_of_session import tell_of_session
from services.notifications.commands.tell_of_task import task_changed
from services.notifications.domain.email import Appointment
from services.notifications.domain.reasons import risk_key
from services.notifications.domain.routing import WHO_HEARS
from services.notifications.domain.tasks import task_of
from services.notifications.storage import calendar
from shared.events import Envelope, Event, intake, integration, scheduler, session
from shared.events.base import ProtocolPin
from shared.events.subscriptions import HEARS, OBLIGATIONS
from shared.handlers import Handlers
from shared.projection import participants
from shared.projection.participant import Change
from shared.work import Work

handlers = Handlers()
ENDINGS: tuple[type[Event], ...] = (
    intake.FormsSubmitted,
    scheduler.SeatDeclined,
    scheduler.SeatExpired,
    session.AttendanceRecorded,
    integration.AttendanceRecorded,
    integration.CheckInClosed,
    integration.MeasureCompleted,
    integration.MeasureMissed,
)
CALLS: tuple[type[Event], ...] = (
    integration.RiskRaised,
    session.RiskRaised,
    session.VitalsFlagged,
    session.AdverseEventRecorded,
)


HEARD_WITH_MORE = {
    intake.ReferralReceived,
    scheduler.MakeUpBooked,
    scheduler.MakeUpCancelled,
    scheduler.SeatTakenBack,
    session.AbsenceRecorded,
    integration.AbsenceRecorded,
}
for event in (*WHO_HEARS.keys() - HEARD_WITH_MORE, *ENDINGS):
    handlers.hears(event)(tell_of_fact)


for event in CALLS:
    handlers.hears(event)(page_on_call)


async def hear_of_task(work: Work, heard: Envelope[Any]) -> None:
    """Keep how a task stands, and tell its owner."""
    await task_changed(work, task_of(heard))


for event in HEARS["notifications"]:
    if issubclass(event, OBLIGATIONS):
        handlers.hears(event)(hear_of_task)


async def risk_closed(work: Work, heard: Envelope[Any]) -> None:
    """A clinician decided: whoever is still called for it need not come."""
    await tell_of_fact(work, heard)
    await settle_page(work, heard.site, risk_key(heard.data), "risk_closed")


for event in (integration.RiskClosed, session.RiskClosed):
    handlers.hears(event)(risk_closed)


@handlers.hears(intake.ReferralReceived)
async def referral_received(work: Work, heard: Envelope[intake.ReferralReceived]) -> None:
    """The protocol that the person is screened by rules their messages from the first one on."""
    pin = heard.data.protocol or _newest(work, heard.data.protocol_id)
    if pin:
        await participants.begin(work, heard.site, heard.data.program_id, pin)
    await tell_of_fact(work, heard)


def _newest(work: Work, protocol_id: str) -> ProtocolPin | None:
    """Return what a referral of an older build, which did not say its version, was screened by at the time."""
    try:
        newest = work.protocols.latest(protocol_id)
    except KeyError:
        return None
    return ProtocolPin(id=newest.id, version=newest.version, hash=newest.content_hash)


for event in (session.AbsenceRecorded, integration.AbsenceRecorded):
    handlers.hears(event)(tell_of_absence)


async def seat_taken_back(work: Work, heard: Envelope[scheduler.SeatTakenBack], _change: Change) -> None:
    """The cohort is not held: its person hears so once, and hears of its calendar no more."""
    await tell_of_lost_seat(work, heard)


participants.keep(
    handlers,
    then={
        scheduler.StateChanged: follow_leaving,
        scheduler.SeatAccepted: tell_of_seat,
        scheduler.SeatTakenBack: seat_taken_back,
    },
)


@handlers.hears(intake.ZoneCorrected)
async def zone_corrected(work: Work, heard: Envelope[intake.ZoneCorrected]) -> None:
    """What waits for a person keeps the hours of the zone that they live in."""
    await follow_zone(work, heard.site, heard.data.program_id, heard.data.zone)


@handlers.hears(scheduler.SessionBooked)
async def session_booked(work: Work, heard: Envelope[scheduler.SessionBooked]) -> None:
    """A session has a time; its cohort's members hear of one that moved, or came into a calendar that they knew."""
    await tell_of_session(work, heard, _appointment(heard, heard.data.calendar_revision))


@handlers.hears(scheduler.SessionCancelled)
async def session_cancelled(work: Work, heard: Envelope[scheduler.SessionCancelled]) -> None:
    """A session is not held; its cohort's members hear so, and are reminded of it no more."""
    cancelled = replace(_appointment(heard, heard.data.calendar_revision), cancelled=True)
    await tell_of_session(work, heard, cancelled)


@handlers.hears(scheduler.MakeUpBooked)
async def make_up_booked(work: Work, heard: Envelope[scheduler.MakeUpBooked]) -> None:
    """One person has an appointment of their own."""
    await calendar.keep(work, _appointment(heard, heard.sequence, heard.data.program_id))
    await tell_of_fact(work, heard)


@handlers.hears(scheduler.MakeUpCancelled)
async def make_up_cancelled(work: Work, heard: Envelope[scheduler.MakeUpCancelled]) -> None:
    """One person's appointment is not held."""
    await calendar.keep(work, replace(_appointment(heard, heard.sequence, heard.data.program_id), cancelled=True))
    await tell_of_fact(work, heard)


def _appointment(heard: Envelope[Any], revision: int, program_id: Any = None) -> Appointment:
    told = heard.data
    return Appointment(
        session_id=told.session_id,
        site=heard.site,
        cohort_id=told.cohort_id,
        program_id=program_id,
        item=told.item,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        revision=revision,
    )
