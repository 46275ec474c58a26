"""A coordinator says how a participant was told whom no mail could tell."""

from typing import Literal
from uuid import UUID

from services.notifications.commands.ask_for_call import ask_to_call_again
from services.notifications.commands.record_told import record_told
from services.notifications.storage import messages, obligations, telling
from shared.auth import Principal
from shared.refusal import Refused, not_found
from shared.work import Work

Outcome = Literal["reached", "not_reached", "not_needed"]


async def resolve_message(work: Work, message_id: UUID, outcome: Outcome, caller: Principal) -> bool:
    """Close the call, or keep it open after `not_reached` for what must reach them; return whether it is open.

    Refused: `not_found`, `not_undelivered`.
    """
    message = await messages.find(work, message_id)
    if message is None:
        raise not_found("message", message_id)
    task = await obligations.find(work, telling.UNDELIVERED, str(message_id), message.program_id)
    if task is None:
        raise Refused("not_undelivered", f"no task is open for message {message_id}")
    match outcome:
        case "not_reached" if await telling.must_reach(work, message):
            await ask_to_call_again(work, task, message)
            return True
        case "reached":
            await obligations.close(work, task, closure=outcome, closed_by=caller.subject)
            await record_told(work, message, by="call")
        case "not_reached" | "not_needed":
            await obligations.close(work, task, closure=outcome, closed_by=caller.subject)
    return False
