"""An absence is told, and whether its person had ever been told of the appointment."""

from typing import Any

from services.notifications.commands.tell_of_fact import tell_of_fact
from services.notifications.domain.unheard import was_unheard
from services.notifications.storage import calendar, messages
from shared.events import Envelope
from shared.events.notifications import AbsenceUnheard
from shared.work import Work


async def tell_of_absence(work: Work, heard: Envelope[Any]) -> None:
    """Tell of the absence; and say so when nothing had told the person of their appointment."""
    absence, missed = heard.data, await calendar.find(work, heard.data.session_id)
    if missed and not absence.excused:
        tellings = await messages.tellings(work, absence.program_id, missed)
        if was_unheard(tellings, missed.starts_at):
            about = {"program_id": absence.program_id, "session_id": absence.session_id, "item": absence.item}
            await work.emit(AbsenceUnheard(**about, absent_at=heard.time), site=heard.site)
    await tell_of_fact(work, heard)
