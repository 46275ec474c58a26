"""What session hears, in whatever order: the calendar, what is due, who has a seat, who left."""

from dataclasses import replace
from uuid import UUID

from services.session.activities.attendance import is_awaited, open_day, settle_attendance
from services.session.activities.owed import settle
from services.session.domain.roster import (
    LEFT_FOR_GOOD,
    Presence,
    Session,
    declared_due,
    is_held_here,
    is_made_up_here,
    no_shows,
    rebooked,
    removed_when_leaving,
)
from services.session.storage import risks, sessions
from shared.events import Envelope, integration
from shared.events.scheduler import (
    MakeUpBooked,
    MakeUpCancelled,
    SeatAccepted,
    SeatTakenBack,
    SessionBooked,
    SessionCancelled,
    SessionDue,
    StateChanged,
)
from shared.handlers import Handlers
from shared.protocol.vocabulary import SessionKind
from shared.work import Work

handlers = Handlers()
BY_STATE = "rule:program_left"
BY_CANCELLING = "rule:make_up_cancelled"


@handlers.hears(SessionBooked)
async def on_session_booked(work: Work, heard: Envelope[SessionBooked]) -> None:
    """A session stands in the calendar, or was moved there. Circles are integration's."""
    await _keep_booked(work, heard.site, heard.data)


@handlers.hears(SessionCancelled)
async def on_session_cancelled(work: Work, heard: Envelope[SessionCancelled]) -> None:
    """A session stands in the calendar no more; nobody was expected yet."""
    await _keep_booked(work, heard.site, heard.data)


async def _keep_booked(work: Work, site: str, told: SessionBooked | SessionCancelled) -> None:
    if not is_held_here(told.kind):
        return
    booked = _session(site, told, calendar_revision=told.calendar_revision)
    known = await sessions.find_locked(work, told.session_id)
    wanted = rebooked(known, booked) if known else booked
    if wanted == known:
        return
    await sessions.save_session(work, wanted)
    if wanted.no_show_at:
        await open_day(work, wanted)


@handlers.hears(SessionDue)
async def on_session_due(work: Work, heard: Envelope[SessionDue]) -> None:
    """A session begins soon: the roster is made and the day's obligations are open from now on."""
    told = heard.data
    if not is_held_here(told.kind):
        return
    known = await sessions.find_locked(work, told.session_id)
    due = declared_due(known, _session(heard.site, told, calendar_revision=0))
    if due.closed_at:
        return
    await sessions.save_session(work, due)
    await sessions.expect(work, due, told.roster)
    await open_day(work, due)


@handlers.hears(MakeUpBooked)
async def on_make_up_booked(work: Work, heard: Envelope[MakeUpBooked]) -> None:
    """One person makes up a missed preparation: a session with a roster of one, due from its booking on."""
    told = heard.data
    if not is_made_up_here(told.kind) or await sessions.find_locked(work, told.session_id):
        return
    make_up = _session(heard.site, told, calendar_revision=0)
    await sessions.save_session(work, make_up)
    await sessions.expect(work, make_up, [told.program_id])
    await open_day(work, make_up)


@handlers.hears(MakeUpCancelled)
async def on_make_up_cancelled(work: Work, heard: Envelope[MakeUpCancelled]) -> None:
    """A make-up is not held: its person is expected no more, and nothing of that day is owed."""
    told = heard.data
    if not is_made_up_here(told.kind):
        return
    known = await sessions.find_locked(work, told.session_id)
    if known and known.closed_at:
        return
    await sessions.save_session(work, replace(known or _session(heard.site, told, calendar_revision=0), cancelled=True))
    for entry in no_shows(await sessions.get_roster(work, told.session_id)):
        await sessions.set_entry(work, entry, Presence.REMOVED, recorded_by=BY_CANCELLING)
    for kind in ("attendance", "session_close"):
        await settle(work, kind, str(told.session_id), "cancelled", BY_CANCELLING)


@handlers.hears(SeatTakenBack)
async def on_seat_taken_back(work: Work, heard: Envelope[SeatTakenBack]) -> None:
    """The cohort was cancelled: the person is no member of it any more."""
    await sessions.seat_member(work, heard.site, heard.data.program_id, None, heard.time)


@handlers.hears(SeatAccepted)
async def on_seat_accepted(work: Work, heard: Envelope[SeatAccepted]) -> None:
    """A person is a member of a cohort."""
    await sessions.seat_member(work, heard.site, heard.data.program_id, heard.data.cohort_id, heard.time)


@handlers.hears(StateChanged)
async def on_state_changed(work: Work, heard: Envelope[StateChanged]) -> None:
    """Who left the program is expected nowhere; whoever is here today is still seen home."""
    told = heard.data
    left_as = told.state if told.state in LEFT_FOR_GOOD else None
    await sessions.note_state(work, heard.site, told.program_id, left_as, heard.sequence)
    if left_as is None:
        await _expect_again(work, told.program_id)
        return
    for session_id in await sessions.open_sessions_of(work, told.program_id):
        kept = await sessions.lock_session(work, session_id)
        entry = await sessions.get_entry(work, session_id, told.program_id)
        if removed_when_leaving(told.state, entry.state):
            await sessions.set_entry(work, entry, Presence.REMOVED, recorded_by=BY_STATE)
            for kind in ("vitals_repeat", "observations", "suicidality"):
                await settle(work, kind, kept.item, "program_closed", BY_STATE, told.program_id)
            await settle_attendance(work, kept, BY_STATE)


@handlers.hears(integration.RiskRaised)
async def on_risk_raised(work: Work, heard: Envelope[integration.RiskRaised]) -> None:
    """A risk was raised between sessions: no dose until a clinician has decided on it."""
    await risks.hear(work, heard.site, heard.data.program_id, heard.data.risk_id, heard.time)


@handlers.hears(integration.RiskClosed)
async def on_risk_closed(work: Work, heard: Envelope[integration.RiskClosed]) -> None:
    """A clinician decided on it."""
    told = heard.data
    await risks.hear(work, heard.site, told.program_id, told.risk_id, heard.time, closed_at=heard.time)


async def _expect_again(work: Work, program_id: UUID) -> None:
    """Somebody who had left is on the path again: they are expected where people are still waited for."""
    for session_id in await sessions.open_sessions_of(work, program_id):
        kept = await sessions.lock_session(work, session_id)
        entry = await sessions.get_entry(work, session_id, program_id)
        if await sessions.was_removed(work, entry, BY_STATE) and await is_awaited(work, kept):
            await sessions.set_entry(work, entry, Presence.EXPECTED, recorded_by=None)


def _session(
    site: str,
    told: SessionBooked | SessionCancelled | SessionDue | MakeUpBooked | MakeUpCancelled,
    *,
    calendar_revision: int,
) -> Session:
    return Session(
        id=told.session_id,
        site=site,
        cohort_id=told.cohort_id,
        item=told.item,
        kind=SessionKind(told.kind),
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        no_show_at=told.no_show_at if isinstance(told, SessionDue | MakeUpBooked) else None,
        zone=told.zone,
        calendar_revision=calendar_revision,
        protocol=told.protocol,
        cancelled=isinstance(told, SessionCancelled | MakeUpCancelled),
    )
