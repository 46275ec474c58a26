"""Calls to a participant that are not worth making any more: what they would have told is over."""

from uuid import UUID

from services.notifications.storage import obligations, telling
from services.notifications.storage.telling import UNDELIVERED
from shared.obligation import HOMEWARD
from shared.work import Work


async def drop_calls(work: Work, program_id: UUID) -> None:
    """Close the calls to a participant whose reason a fact has taken away."""
    for task in await obligations.all_open(work, program_id=program_id, kind=UNDELIVERED):
        if await telling.is_over(work, task):
            locked = await obligations.get(work, task.id)
            if locked.closed_at is None:
                await obligations.close(work, locked, closure="reason_gone", closed_by=HOMEWARD)
