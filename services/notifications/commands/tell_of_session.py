"""A session of a cohort is booked, moved or cancelled: its members hear of what they knew otherwise."""

from typing import Any
from uuid import UUID

from services.notifications.commands.drop_calls import drop_calls
from services.notifications.commands.owe_message import owe_message
from services.notifications.domain.email import Appointment
from services.notifications.domain.reasons import ends, of_start
from services.notifications.domain.routing import calendar_changed, calendar_news
from services.notifications.storage import calendar, messages, reasons
from shared.events import Envelope
from shared.program_states import ON_THE_WAY
from shared.projection import participants
from shared.projection.calendar import is_news
from shared.work import Work


async def tell_of_session(work: Work, heard: Envelope[Any], now: Appointment) -> None:
    """Keep the session as it stands now and owe its news; an older revision that comes late changes nothing.

    Of a session that is cancelled with its cohort each person hears by the seat that they lose.
    """
    told = heard.data
    known = await calendar.find(work, told.session_id)
    if known and not is_news(now.revision, known.revision):
        return
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
        await drop_calls(work, program_id)
        was = await _time_known(work, program_id, known) if known and text == "calendar_change" else None
        await owe_message(work, heard.site, calendar_changed(told, text, program_id, was), heard.time)


async def _members(work: Work, cohort_id: UUID) -> list[UUID]:
    """Return who has a seat in a cohort and is still on the way, as far as is known."""
    seated = await participants.of_cohort(work, cohort_id)
    return [one.program_id for one in seated if one.state is None or one.state in ON_THE_WAY]


async def _time_known(work: Work, program_id: UUID, before: Appointment) -> str:
    """Return when the member thinks that a session is: of a move that they were not told yet, the time before it."""
    untold = await messages.waiting_about(work, program_id, "calendar_change", before.cohort_id, before.item)
    return untold.about.get("was", before.starts_at.isoformat()) if untold else before.starts_at.isoformat()
