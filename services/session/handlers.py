"""What session hears, in whatever order: the calendar, what is due, who has a seat, who left."""

from services.session.commands.add_make_up import add_make_up
from services.session.commands.book_session import book_session
from services.session.commands.cancel_make_up import cancel_make_up
from services.session.commands.follow_leaving import leave_rosters, return_to_rosters
from services.session.commands.open_day import open_day
from services.session.domain.roster import LEFT_FOR_GOOD, Session, is_held_here, is_made_up_here
from services.session.storage import risks
from shared.events import Envelope, integration
from shared.events.scheduler import (
    MakeUpBooked,
    MakeUpCancelled,
    SessionBooked,
    SessionCancelled,
    SessionDue,
    StateChanged,
)
from shared.handlers import Handlers
from shared.projection import participants
from shared.projection.participant import Change
from shared.protocol.vocabulary import SessionKind
from shared.work import Work

handlers = Handlers()


@handlers.hears(SessionBooked)
async def on_session_booked(work: Work, heard: Envelope[SessionBooked]) -> None:
    """Keep a session that stands in the calendar, or was moved there. Circles are integration's."""
    await _keep_booked(work, heard.site, heard.data)


@handlers.hears(SessionCancelled)
async def on_session_cancelled(work: Work, heard: Envelope[SessionCancelled]) -> None:
    """Take a session out of the calendar; nobody was expected yet."""
    await _keep_booked(work, heard.site, heard.data)


async def _keep_booked(work: Work, site: str, told: SessionBooked | SessionCancelled) -> None:
    if is_held_here(told.kind):
        await book_session(work, _session(site, told, calendar_revision=told.calendar_revision))


@handlers.hears(SessionDue)
async def on_session_due(work: Work, heard: Envelope[SessionDue]) -> None:
    """Announce a session that begins soon: the roster is made and the day's obligations are open from now on."""
    if is_held_here(heard.data.kind):
        await open_day(work, _session(heard.site, heard.data, calendar_revision=0), heard.data.roster)


@handlers.hears(MakeUpBooked)
async def on_make_up_booked(work: Work, heard: Envelope[MakeUpBooked]) -> None:
    """Let one person make up a missed preparation: a session with a roster of one, due from its booking on."""
    if is_made_up_here(heard.data.kind):
        await add_make_up(work, _session(heard.site, heard.data, calendar_revision=0), heard.data.program_id)


@handlers.hears(MakeUpCancelled)
async def on_make_up_cancelled(work: Work, heard: Envelope[MakeUpCancelled]) -> None:
    """Cancel a make-up: its person is expected no more, and nothing of that day is owed."""
    if is_made_up_here(heard.data.kind):
        await cancel_make_up(work, _session(heard.site, heard.data, calendar_revision=0))


async def on_state_changed(work: Work, heard: Envelope[StateChanged], change: Change) -> None:
    """Expect who left the program nowhere; whoever is here today is still seen home."""
    told = heard.data
    if not change.is_news:
        return
    if told.state in LEFT_FOR_GOOD:
        await leave_rosters(work, told.program_id, told.state)
    else:
        await return_to_rosters(work, told.program_id)


participants.keep(handlers, then={StateChanged: on_state_changed})


@handlers.hears(integration.RiskRaised)
async def on_risk_raised(work: Work, heard: Envelope[integration.RiskRaised]) -> None:
    """Keep a risk that was raised between sessions: no dose until a clinician has decided on it."""
    await risks.hear(work, heard.site, heard.data.program_id, heard.data.risk_id, heard.time)


@handlers.hears(integration.RiskClosed)
async def on_risk_closed(work: Work, heard: Envelope[integration.RiskClosed]) -> None:
    """Note that a clinician decided on it."""
    told = heard.data
    await risks.hear(work, heard.site, told.program_id, told.risk_id, heard.time, closed_at=heard.time)


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
