"""Somebody took a seat, and hears of all their dates; or their cohort is not held, and they hear so once."""

from dataclasses import replace

from services.notifications.commands.owe_message import owe_message
from services.notifications.commands.tell_of_fact import end_reasons, tell_of_fact
from services.notifications.domain.routing import notices, seat_taken
from services.notifications.storage import calendar, messages, personal_calendar
from shared.events import Envelope, scheduler
from shared.projection.participant import Change
from shared.work import Work


async def tell_of_seat(work: Work, heard: Envelope[scheduler.SeatAccepted], change: Change) -> None:
    """End the offer; tell of the dates, where they are known and the seat is still held."""
    await tell_of_fact(work, heard)
    if change.after.cohort_id == heard.data.cohort_id and await calendar.is_known(work, heard.data.cohort_id):
        await owe_message(work, heard.site, seat_taken(heard.data), heard.time)


async def tell_of_lost_seat(work: Work, heard: Envelope[scheduler.SeatTakenBack]) -> None:
    """Tell once that the cohort is not held, and take what was told of its dates out of the person's own calendar."""
    told = heard.data
    await end_reasons(work, heard)
    knows = await messages.went_out(work, told.program_id, told.cohort_id)
    if knows:
        await personal_calendar.turn(work, heard.site, told.program_id)
    for notice in notices(told):
        about = {**notice.about, "ends_calendar": knows}
        await owe_message(work, heard.site, replace(notice, about=about), heard.time)
