"""A person lives in another zone than was known: what waits for them keeps the hours of the new one."""

from uuid import UUID

from services.notifications.domain.message import MessageState
from services.notifications.storage import messages, obligations, personal_calendar
from shared.projection import participants
from shared.work import Work


async def follow_zone(work: Work, site: str, program_id: UUID, zone: str) -> None:
    """Note a person's corrected zone, and let what waits for them be decided on again now: their hours are other ones.

    The obligations come first, as in `take_message`: two that lock them and the participant crosswise would wait for
    one another.
    """
    for id in await messages.waiting_for(work, program_id):
        owed = await obligations.find(work, "message", str(id), program_id)
        message = await messages.lock(work, id)
        if owed and message.state is MessageState.WAITING:
            await messages.change(work, id, not_before=work.now)
            await obligations.move(work, owed, wake_at=work.now, tell=False)
    await participants.lock(work, site, program_id)
    await personal_calendar.learn_zone(work, site, program_id, zone)
