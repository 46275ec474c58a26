"""Who leaves is expected and asked no more, but for what they keep, until it turns out that they had not left."""

from uuid import UUID

from services.integration.commands import ask_check_in, open_measure
from services.integration.commands.chase import BY_LEAVING, owe
from services.integration.commands.close_check_in import close_check_in
from services.integration.commands.close_circle import close_accounted_for
from services.integration.commands.close_measure import settle_measure
from services.integration.commands.correct_absence import is_awaited
from services.integration.commands.locked import locked_check_in, locked_circle, locked_measure
from services.integration.commands.record_attendance import settle_attendance
from services.integration.domain.circles import Place
from services.integration.storage import check_ins, circles, measures
from shared.events.scheduler import State
from shared.work import Work


async def leave(work: Work, program_id: UUID, state: State) -> None:
    """Expect a person who left in no circle, and close what they are not asked any more."""
    await _leave_circles(work, program_id)
    for check_in in await check_ins.listed(work.connection, program_id, is_open=True):
        if ask_check_in.first_standing(work, check_in, state) is None:
            locked = await locked_check_in(work, program_id, check_in.item)
            await close_check_in(work, locked, "program_closed", BY_LEAVING)
    for found in await measures.of_program(work.connection, program_id):
        if found.closed_at is None and open_measure.first_standing(work, found, state) is None:
            await _drop_measure(work, program_id, found.item)


async def come_back(work: Work, program_id: UUID, state: State) -> None:
    """Expect and ask again what was closed when somebody left who had not: somebody must know how they are."""
    for session_id in await circles.left_by_rule(work.connection, program_id, BY_LEAVING):
        await locked_circle(work, session_id)
        if await is_awaited(work, session_id):
            await circles.expect_again(work.connection, session_id, program_id)
    for check_in in await check_ins.listed(work.connection, program_id, is_open=False):
        by_leaving = check_in.closed_by == BY_LEAVING
        if by_leaving and (standing := ask_check_in.first_standing(work, check_in, state)):
            await owe(work, check_in, "check_in", standing)
            await check_ins.reopen(work.connection, check_in)
    for measure in await measures.of_program(work.connection, program_id):
        by_leaving = measure.closed_by == BY_LEAVING
        if by_leaving and (standing := open_measure.first_standing(work, measure, state)):
            await owe(work, measure, "measure", standing)
            await measures.reopen(work.connection, measure)


async def _leave_circles(work: Work, program_id: UUID) -> None:
    """Wait no more for a person who left; a circle for them alone is closed."""
    for session_id in await circles.expecting(work.connection, program_id):
        circle = await locked_circle(work, session_id)
        place = Place(program_id, "left", excused=False, no_show=False)
        await circles.record(work.connection, session_id, place, recorded_by=BY_LEAVING, now=work.now)
        places = await circles.roster(work.connection, session_id)
        if all(place.status == "left" for place in places):
            await close_accounted_for(work, circle, places, closure="program_closed", closed_by=BY_LEAVING)
        else:
            await settle_attendance(work, session_id, closure="program_closed", closed_by=BY_LEAVING)


async def _drop_measure(work: Work, program_id: UUID, item: str) -> None:
    measure = await locked_measure(work, program_id, item)
    if measure.closed_at is None:
        await measures.close(work.connection, measure, "program_closed", closed_by=BY_LEAVING, now=work.now)
        await settle_measure(work, measure, "program_closed", BY_LEAVING)
