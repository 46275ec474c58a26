"""What notifications hears. Order and repeats do not matter: reasons are compared by their times, rows by revisions."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.notifications.domain.email import Appointment
from services.notifications.domain.paging import call
from services.notifications.domain.reasons import ends, of_going, of_page, of_start, risk_key
from services.notifications.domain.routing import (
    WHO_HEARS,
    calendar_changed,
    calendar_ended,
    calendar_news,
    calendar_stands,
    notices,
    seat_taken,
)
from services.notifications.domain.standing import WENT
from services.notifications.domain.tasks import task_of
from services.notifications.domain.unheard import was_unheard
from services.notifications.storage import (
    calendar,
    messages,
    pages,
    personal_calendar,
    reasons,
    sending,
    tasks,
    telling,
)
from shared.events import Envelope, Event, intake, integration, scheduler, session
from shared.events.base import ProtocolPin
from shared.events.notifications import AbsenceUnheard
from shared.events.subscriptions import HEARS, OBLIGATIONS
from shared.handlers import Handlers
from shared.program_states import ON_THE_WAY
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


async def hear(work: Work, heard: Envelope[Any]) -> None:
    """Take away the reasons that the fact ends; owe a message to everyone who hears of it."""
    await _end_reasons(work, heard)
    for notice in notices(heard.data):
        await messages.owe(work, heard.site, notice, heard.time)


async def _end_reasons(work: Work, heard: Envelope[Any]) -> None:
    gone = ends(heard.data)
    await reasons.end(work, heard.site, gone, heard.time)
    if gone:
        await telling.drop_what_is_over(work, heard.data.program_id)


HEARD_WITH_MORE = {
    intake.ReferralReceived,
    scheduler.MakeUpBooked,
    scheduler.MakeUpCancelled,
    scheduler.SeatTakenBack,
    session.AbsenceRecorded,
    integration.AbsenceRecorded,
}
for event in (*WHO_HEARS.keys() - HEARD_WITH_MORE, *ENDINGS):
    handlers.hears(event)(hear)


async def page(work: Work, heard: Envelope[Any]) -> None:
    """Call whoever is on call, unless what calls for it is settled already."""
    wanted = call(heard.data, heard.id)
    if wanted and not await reasons.gone(work, heard.site, [of_page(wanted.key)], heard.time):
        await pages.raise_page(work, heard.site, wanted)


for event in CALLS:
    handlers.hears(event)(page)


async def task_changed(work: Work, heard: Envelope[Any]) -> None:
    """Keep how a task stands; its owner is told when it is opened for them, and at each stage that asks them to act."""
    told = task_of(heard)
    if await tasks.note(work, told) and told.is_announced:
        await tasks.tell(work, told)


for event in HEARS["notifications"]:
    if issubclass(event, OBLIGATIONS):
        handlers.hears(event)(task_changed)


async def risk_closed(work: Work, heard: Envelope[Any]) -> None:
    """A clinician decided: whoever is still called for it need not come."""
    await hear(work, heard)
    open_page = await pages.find_open(work, heard.site, risk_key(heard.data))
    if open_page:
        await pages.lose_reason(work, open_page.id, "risk_closed")


for event in (integration.RiskClosed, session.RiskClosed):
    handlers.hears(event)(risk_closed)


@handlers.hears(intake.ReferralReceived)
async def referral_received(work: Work, heard: Envelope[intake.ReferralReceived]) -> None:
    """The protocol that the person is screened by rules their messages from the first one on."""
    pin = heard.data.protocol or _newest(work, heard.data.protocol_id)
    if pin:
        await participants.begin(work, heard.site, heard.data.program_id, pin)
    await hear(work, heard)


def _newest(work: Work, protocol_id: str) -> ProtocolPin | None:
    """Return what a referral of an older build, which did not say its version, was screened by at the time."""
    try:
        newest = work.protocols.latest(protocol_id)
    except KeyError:
        return None
    return ProtocolPin(id=newest.id, version=newest.version, hash=newest.content_hash)


async def absence_recorded(work: Work, heard: Envelope[Any]) -> None:
    """Tell of the absence; and say so when nothing had told the person of their appointment."""
    absence, missed = heard.data, await calendar.find(work, heard.data.session_id)
    if missed and not absence.excused:
        tellings = await messages.tellings(work, absence.program_id, missed)
        if was_unheard(tellings, missed.starts_at):
            about = {"program_id": absence.program_id, "session_id": absence.session_id, "item": absence.item}
            await work.emit(AbsenceUnheard(**about, absent_at=heard.time), site=heard.site)
    await hear(work, heard)


for event in (session.AbsenceRecorded, integration.AbsenceRecorded):
    handlers.hears(event)(absence_recorded)


async def state_changed(work: Work, heard: Envelope[scheduler.StateChanged], change: Change) -> None:
    """What a participant still hears depends on where their program stands; who goes has no appointments any more."""
    await telling.drop_what_is_over(work, heard.data.program_id)
    before, after = change.before, change.after
    if before.cohort_id is None:
        return
    if after.state in WENT and before.state not in WENT:
        await _end_calendar(work, heard, before.cohort_id)
    elif before.state in WENT and after.state not in WENT:
        await _give_calendar_back(work, heard, before.cohort_id)


async def _end_calendar(work: Work, heard: Envelope[Any], cohort_id: UUID) -> None:
    program_id = heard.data.program_id
    if await messages.went_out(work, program_id, cohort_id):
        await personal_calendar.turn(work, heard.site, program_id)
        await messages.owe(work, heard.site, calendar_ended(program_id, cohort_id), heard.time)


async def _give_calendar_back(work: Work, heard: Envelope[Any], cohort_id: UUID) -> None:
    """They had not left after all: what they were told is taken back; what was not told yet is told no more."""
    program_id = heard.data.program_id
    await reasons.end(work, heard.site, [of_going(program_id)], heard.time)
    await telling.drop_what_is_over(work, program_id)
    ended = calendar_ended(program_id, cohort_id).text
    if heard.data.state == "active" and await messages.went_out(work, program_id, cohort_id, text=ended):
        await personal_calendar.turn(work, heard.site, program_id)
        await messages.owe(work, heard.site, calendar_stands(program_id, cohort_id), heard.time)


async def seat_accepted(work: Work, heard: Envelope[scheduler.SeatAccepted], change: Change) -> None:
    """The offer is answered; the cohort's protocol rules this person's messages, and they hear of all their dates."""
    await hear(work, heard)
    if change.after.cohort_id == heard.data.cohort_id and await calendar.is_known(work, heard.data.cohort_id):
        await messages.owe(work, heard.site, seat_taken(heard.data), heard.time)


async def seat_taken_back(work: Work, heard: Envelope[scheduler.SeatTakenBack], _change: Change) -> None:
    """The cohort is not held: its person hears so once, and hears of its calendar no more.

    What they were told of its appointments is taken out of their own calendar.
    """
    told = heard.data
    await _end_reasons(work, heard)
    knows = await messages.went_out(work, told.program_id, told.cohort_id)
    if knows:
        await personal_calendar.turn(work, heard.site, told.program_id)
    for notice in notices(told):
        about = {**notice.about, "ends_calendar": knows}
        await messages.owe(work, heard.site, replace(notice, about=about), heard.time)


participants.keep(
    handlers,
    then={
        scheduler.StateChanged: state_changed,
        scheduler.SeatAccepted: seat_accepted,
        scheduler.SeatTakenBack: seat_taken_back,
    },
)


@handlers.hears(intake.ZoneCorrected)
async def zone_corrected(work: Work, heard: Envelope[intake.ZoneCorrected]) -> None:
    """What waits for a person keeps the hours of the zone that they live in."""
    await sending.follow_zone(work, heard.site, heard.data.program_id, heard.data.zone)


@handlers.hears(scheduler.SessionBooked)
async def session_booked(work: Work, heard: Envelope[scheduler.SessionBooked]) -> None:
    """A session has a time; its cohort's members hear of one that moved, or came into a calendar that they knew."""
    await _in_the_calendar(work, heard, cancelled=False)


@handlers.hears(scheduler.SessionCancelled)
async def session_cancelled(work: Work, heard: Envelope[scheduler.SessionCancelled]) -> None:
    """A session is not held; its cohort's members hear so, and are reminded of it no more."""
    await _in_the_calendar(work, heard, cancelled=True)


async def _in_the_calendar(work: Work, heard: Envelope[Any], *, cancelled: bool) -> None:
    told = heard.data
    known = await calendar.find(work, told.session_id)
    if known and known.revision >= told.calendar_revision:
        return
    now = replace(_appointment(heard, told.calendar_revision), cancelled=cancelled)
    await calendar.keep(work, now)
    text = calendar_news(known, now)
    if text is None:
        return
    if known:
        gone = (of_start(known.cohort_id, known.item, known.starts_at), *ends(told))
        await reasons.end(work, heard.site, gone, heard.time)
    if getattr(told, "with_its_cohort", False):
        return
    for program_id in await _members(work, told.cohort_id):
        await telling.drop_what_is_over(work, program_id)
        was = await _time_known(work, program_id, known) if known and text == "calendar_change" else None
        await messages.owe(work, heard.site, calendar_changed(told, text, program_id, was), heard.time)


async def _members(work: Work, cohort_id: UUID) -> list[UUID]:
    """Return who has a seat in a cohort and is still on the way, as far as is known."""
    seated = await participants.of_cohort(work, cohort_id)
    return [one.program_id for one in seated if one.state is None or one.state in ON_THE_WAY]


async def _time_known(work: Work, program_id: UUID, before: Appointment) -> str:
    """Return when the member thinks that a session is: of a move that they were not told yet, the time before it."""
    untold = await messages.waiting_about(work, program_id, "calendar_change", before.cohort_id, before.item)
    return untold.about.get("was", before.starts_at.isoformat()) if untold else before.starts_at.isoformat()


@handlers.hears(scheduler.MakeUpBooked)
async def make_up_booked(work: Work, heard: Envelope[scheduler.MakeUpBooked]) -> None:
    """One person has an appointment of their own."""
    await calendar.keep(work, _appointment(heard, heard.sequence, heard.data.program_id))
    await hear(work, heard)


@handlers.hears(scheduler.MakeUpCancelled)
async def make_up_cancelled(work: Work, heard: Envelope[scheduler.MakeUpCancelled]) -> None:
    """One person's appointment is not held."""
    await calendar.keep(work, replace(_appointment(heard, heard.sequence, heard.data.program_id), cancelled=True))
    await hear(work, heard)


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
