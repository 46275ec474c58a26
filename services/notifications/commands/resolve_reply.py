"""Somebody read an answer, and says what came of it."""

from typing import Literal
from uuid import UUID

from services.notifications.storage import obligations, replies
from shared.auth import Principal
from shared.refusal import Refused, not_found
from shared.work import Work

Outcome = Literal["answered", "passed_on", "nothing_to_do"]


async def resolve_reply(work: Work, reply_id: UUID, outcome: Outcome, caller: Principal) -> None:
    """Close the task of an answer. Refused: `not_found`, `no_open_reply`."""
    kept = await replies.find(work, reply_id)
    if kept is None:
        raise not_found("reply", reply_id)
    task = await obligations.find(work, replies.KIND, str(reply_id), kept.program_id)
    if task is None:
        raise Refused("no_open_reply", f"no task is open for reply {reply_id}")
    await obligations.close(work, task, closure=outcome, closed_by=caller.subject)
