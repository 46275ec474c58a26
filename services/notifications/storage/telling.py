"""Whether a participant was told, or has still to be: by a mail, or by a person who calls when no mail can."""

from typing import Final
from uuid import UUID

from services.notifications.domain.delivery_policy import delivery_policy
from services.notifications.domain.message import Message
from services.notifications.domain.standing import still_meant
from services.notifications.storage import messages, reasons
from shared.obligation import Obligation
from shared.projection import participants
from shared.projection.participant import Participant
from shared.protocol.library import ProtocolGone
from shared.work import Work

UNDELIVERED: Final = "undelivered"
HELD: Final = "protocol_gone"


async def must_reach(work: Work, message: Message) -> bool:
    """Return whether the participant's protocol says that they are told of this in any case."""
    if not message.to_participant:
        return False
    try:
        ruling = participants.protocol_of(work, await recipient(work, message))
    except ProtocolGone:
        return True  # Nobody can say that it may be left untold.
    return delivery_policy([ruling], message.category).must_reach


async def recipient(work: Work, message: Message) -> Participant | None:
    """Return what is known of the participant whom a message is about; None when it is about nobody."""
    return await participants.find(work, message.program_id) if message.program_id else None


async def is_over(work: Work, task: Obligation) -> bool:
    """Return whether what an undelivered message would have told is over or no longer meant for the recipient."""
    message = await messages.find(work, UUID(task.item))
    assert message is not None
    known = await recipient(work, message)
    gone = await reasons.gone(work, message.site, message.reasons, message.caused_at)
    return gone or not still_meant(message, known.state if known else None)


async def is_held(work: Work, task: Obligation) -> bool:
    """Return whether a message of this person still waits for a protocol that cannot be read."""
    assert task.program_id is not None
    try:
        participants.protocol_of(work, await participants.find(work, task.program_id))
    except ProtocolGone:
        return bool(await messages.waiting_for(work, task.program_id))
    return False
