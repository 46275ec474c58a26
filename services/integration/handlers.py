"""What integration hears from the scheduler, in whatever order it comes, and the clearance that it answers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from services.integration.commands import follow_leaving
from services.integration.commands.announce_circle import announce_circle
from services.integration.commands.ask_check_in import ask_check_in
from services.integration.commands.book_circle import book_circle
from services.integration.commands.cancel_make_up import cancel_make_up
from services.integration.commands.open_measure import open_measure
from services.integration.domain.check_ins import CheckIn
from services.integration.domain.circles import Circle, is_circle
from services.integration.domain.clearance import refusals
from services.integration.domain.measures import Measure
from services.integration.storage import circles, clearance, overrides, risks
from shared.events import Envelope, session
from shared.events.questions import ClearanceAnswer, ClearanceQuestion
from shared.events.scheduler import (
    CheckInDue,
    ItemOverridden,
    MakeUpBooked,
    MakeUpCancelled,
    MeasureDue,
    SessionBooked,
    SessionCancelled,
    SessionDue,
    StateChanged,
)
from shared.handlers import Handlers
from shared.program_states import LEFT
from shared.projection import participants
from shared.projection.participant import Change
from shared.protocol.library import ProtocolGone
from shared.work import Work

handlers = Handlers()


async def state_changed(work: Work, heard: Envelope[StateChanged], change: Change) -> None:
    """Who left is expected and asked no more, but for what they keep, until it turns out that they had not left.

    An amendment or another seat changes nothing of what was asked: it stays as it was asked.
    """
    program_id, state = heard.data.program_id, heard.data.state
    if not change.is_news:
        return
    if state in LEFT:
        await follow_leaving.leave(work, program_id, state)
    else:
        await follow_leaving.come_back(work, program_id, state)


participants.keep(handlers, then={StateChanged: state_changed})


@handlers.hears(SessionBooked)
async def session_booked(work: Work, heard: Envelope[SessionBooked]) -> None:
    """A circle stands in the calendar; a later revision replaces it until it is due."""
    if is_circle(heard.data.kind):
        await book_circle(work, _circle(heard.site, heard.data))


@handlers.hears(SessionCancelled)
async def session_cancelled(work: Work, heard: Envelope[SessionCancelled]) -> None:
    """A circle stands in the calendar no more; nobody was expected yet."""
    if is_circle(heard.data.kind):
        await book_circle(work, _circle(heard.site, heard.data))


@handlers.hears(SessionDue)
async def session_due(work: Work, heard: Envelope[SessionDue]) -> None:
    """A circle begins soon: its people are expected, known from the calendar or not."""
    if is_circle(heard.data.kind):
        await announce_circle(work, _circle(heard.site, heard.data), heard.data.roster)


@handlers.hears(MakeUpBooked)
async def make_up_booked(work: Work, heard: Envelope[MakeUpBooked]) -> None:
    """A make-up is a circle with a roster of one."""
    known = await circles.get(work.connection, heard.data.session_id)
    if is_circle(heard.data.kind) and not (known and known.state == "cancelled"):
        await announce_circle(work, _circle(heard.site, heard.data), [heard.data.program_id])


@handlers.hears(MakeUpCancelled)
async def make_up_cancelled(work: Work, heard: Envelope[MakeUpCancelled]) -> None:
    """A make-up is not held: nobody is expected, and nothing of it is owed."""
    if is_circle(heard.data.kind):
        await cancel_make_up(work, _circle(heard.site, heard.data))


@handlers.hears(ItemOverridden)
async def item_overridden(work: Work, heard: Envelope[ItemOverridden]) -> None:
    """A signed override: the item holds no dose, whether its absence is known yet or not."""
    await overrides.override(work.connection, heard.site, heard.data.program_id, heard.data.item, work.now)


@handlers.hears(CheckInDue)
async def check_in_due(work: Work, heard: Envelope[CheckInDue]) -> None:
    """A check-in is asked, and chased to its closure."""
    due = heard.data
    asked = CheckIn(
        program_id=due.program_id,
        item=due.item,
        site=heard.site,
        due_at=due.due_at,
        zone=due.zone,
        protocol_id=due.protocol.id,
        protocol_version=due.protocol.version,
        protocol_hash=due.protocol.hash,
        closed_at=None,
        closed_by=None,
        closure=None,
        follows=due.follows,
    )
    await ask_check_in(work, asked)


@handlers.hears(MeasureDue)
async def measure_due(work: Work, heard: Envelope[MeasureDue]) -> None:
    """A measurement point opens, and is chased to its closure."""
    due = heard.data
    opened = Measure(
        program_id=due.program_id,
        item=due.item,
        site=heard.site,
        cohort_id=due.cohort_id,
        opens_at=due.opens_at,
        due_at=due.due_at,
        closes_at=due.closes_at,
        zone=due.zone,
        protocol_id=due.protocol.id,
        protocol_version=due.protocol.version,
        protocol_hash=due.protocol.hash,
        closed_at=None,
        closed_by=None,
        closure=None,
        late=False,
    )
    await open_measure(work, opened)


@handlers.hears(session.RiskRaised)
async def risk_raised_on_the_day(work: Work, heard: Envelope[session.RiskRaised]) -> None:
    """The screener of a session day signals risk: no dose is cleared until a clinician has decided on it there."""
    told = heard.data
    await risks.hear(work.connection, heard.site, told.program_id, told.session_id, heard.time)


@handlers.hears(session.RiskClosed)
async def risk_closed_on_the_day(work: Work, heard: Envelope[session.RiskClosed]) -> None:
    """A clinician decided on it."""
    told = heard.data
    await risks.hear(work.connection, heard.site, told.program_id, told.session_id, heard.time, closed_at=heard.time)


@handlers.answers("clearance", ClearanceQuestion)
async def answer_clearance(work: Work, question: ClearanceQuestion) -> ClearanceAnswer:
    """Whether a dose may be given, as far as integration knows: no open risk, no circle owed, required measures done.

    Somebody whose protocol is not known here is never cleared.
    """
    member = await participants.find(work, question.program_id)
    if member is None or member.protocol_id is None or member.protocol_version is None:
        return _answer(work, 0, ["program_unknown"], timedelta(0))
    try:
        protocol = participants.protocol_of(work, member)
    except ProtocolGone as gone:
        return _answer(work, 0, [gone.rule], timedelta(0))
    if protocol.dosing is None:
        return _answer(work, 0, ["no_dosing"], timedelta(0))
    revision = await clearance.revision(work.connection, question.program_id)
    standing = await clearance.standing(work.connection, question.program_id)
    valid = protocol.dosing.clearance_valid_for.value
    return _answer(work, revision, refusals(protocol, standing, question.item, work.now), valid)


def _answer(work: Work, revision: int, refused: Sequence[str], valid: timedelta) -> ClearanceAnswer:
    return ClearanceAnswer(
        authority="integration",
        refusals=tuple(refused),
        revision=revision,
        answered_at=work.now,
        valid_until=work.now + valid,
    )


STATES: dict[type, Literal["booked", "cancelled"]] = {
    SessionBooked: "booked",
    SessionCancelled: "cancelled",
    MakeUpCancelled: "cancelled",
}


def _circle(site: str, event: SessionBooked | SessionCancelled | SessionDue | MakeUpBooked | MakeUpCancelled) -> Circle:
    """The circle that an event speaks of; what is due has no revision of the calendar."""
    return Circle(
        session_id=event.session_id,
        site=site,
        cohort_id=event.cohort_id,
        item=event.item,
        missed_item=event.missed_item if isinstance(event, MakeUpBooked | MakeUpCancelled) else None,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        no_show_at=event.no_show_at if isinstance(event, SessionDue | MakeUpBooked) else None,
        zone=event.zone,
        calendar_revision=event.calendar_revision if isinstance(event, SessionBooked | SessionCancelled) else 0,
        protocol_id=event.protocol.id,
        protocol_version=event.protocol.version,
        protocol_hash=event.protocol.hash,
        state=STATES.get(type(event), "due"),
    )
