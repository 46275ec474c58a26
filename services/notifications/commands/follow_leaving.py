"""Who goes has no appointments any more; who had not gone after all has them again."""

from uuid import UUID

from services.notifications.commands.drop_calls import drop_calls
from services.notifications.commands.owe_message import owe_message
from services.notifications.domain.reasons import of_going
from services.notifications.domain.routing import calendar_ended, calendar_stands
from services.notifications.domain.standing import WENT
from services.notifications.storage import messages, personal_calendar, reasons
from shared.events import Envelope, scheduler
from shared.projection.participant import Change
from shared.work import Work


async def follow_leaving(work: Work, heard: Envelope[scheduler.StateChanged], change: Change) -> None:
    """Drop the calls that are over; end the calendar of a member who goes, or give it back."""
    await drop_calls(work, heard.data.program_id)
    before, after = change.before, change.after
    if before.cohort_id is None:
        return
    if after.state in WENT and before.state not in WENT:
        await _end_calendar(work, heard, before.cohort_id)
    elif before.state in WENT and after.state not in WENT:
        await _give_calendar_back(work, heard, before.cohort_id)


async def _end_calendar(work: Work, heard: Envelope[scheduler.StateChanged], cohort_id: UUID) -> None:
    program_id = heard.data.program_id
    if await messages.went_out(work, program_id, cohort_id):
        await personal_calendar.turn(work, heard.site, program_id)
        await owe_message(work, heard.site, calendar_ended(program_id, cohort_id), heard.time)


async def _give_calendar_back(work: Work, heard: Envelope[scheduler.StateChanged], cohort_id: UUID) -> None:
    """Take back what was told, as they had not left after all; what was not told yet is told no more."""
    program_id = heard.data.program_id
    await reasons.end(work, heard.site, [of_going(program_id)], heard.time)
    await drop_calls(work, program_id)
    ended = calendar_ended(program_id, cohort_id).text
    if heard.data.state == "active" and await messages.went_out(work, program_id, cohort_id, text=ended):
        await personal_calendar.turn(work, heard.site, program_id)
        await owe_message(work, heard.site, calendar_stands(program_id, cohort_id), heard.time)
