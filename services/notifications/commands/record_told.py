"""A participant was told of something: by a mail that went out, or by a call."""

from typing import Literal

from services.notifications.domain.message import Message
from services.notifications.storage import telling
from shared.events.notifications import ParticipantTold
from shared.protocol.vocabulary import MessageCategory
from shared.work import Work


async def record_told(work: Work, message: Message, *, by: Literal["mail", "call"]) -> None:
    """Tell the other services that a participant heard of what must reach them, or of forms that lapse unanswered."""
    if not (message.to_participant and message.program_id):
        return
    if message.category is not MessageCategory.FORMS and not await telling.must_reach(work, message):
        return
    heard = ParticipantTold(
        message_id=message.id,
        program_id=message.program_id,
        category=message.category.value,
        item=message.item,
        cohort_id=message.cohort_id,
        caused_at=message.caused_at,
        by=by,
    )
    await work.emit(heard, site=message.site)
