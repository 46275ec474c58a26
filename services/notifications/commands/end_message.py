"""A message ends: it went out, was kept back by a rule, or failed; what travelled in its mail goes its own way."""

from services.notifications.commands.ask_for_call import ask_for_call
from services.notifications.commands.record_told import record_told
from services.notifications.domain.message import Message, MessageState
from services.notifications.storage import messages
from shared.events.notifications import MessageFailed, MessageSent, MessageSuppressed, SuppressionRule
from shared.work import Work


async def sent(work: Work, message: Message) -> None:
    """Record that a mail went out, with everything that it carried."""
    await messages.change(work, message.id, state=MessageState.SENT, ended_at=work.now)
    told = MessageSent(message_id=message.id, program_id=message.program_id, category=message.category.value)
    await work.emit(told, site=message.site)
    await record_told(work, message, by="mail")
    for other in await messages.carried(work, message.id):
        await suppress(work, other, "coalesced")
        await record_told(work, other, by="mail")


async def suppress(work: Work, message: Message, rule: SuppressionRule) -> None:
    """Keep a message back for good, by a rule that the event names."""
    await release(work, message, failed=False)
    await messages.change(work, message.id, state=MessageState.SUPPRESSED, rule=rule, ended_at=work.now)
    told = MessageSuppressed(
        message_id=message.id,
        program_id=message.program_id,
        category=message.category.value,
        rule=rule,
        item=message.item,
    )
    await work.emit(told, site=message.site)


async def fail(work: Work, message: Message, rule: str | None) -> None:
    """Give a message up that could not be delivered, or of which nobody knows whether it was: somebody calls."""
    await release(work, message, failed=True)
    await messages.change(work, message.id, state=MessageState.FAILED, rule=rule, ended_at=work.now)
    told = MessageFailed(
        message_id=message.id, program_id=message.program_id, category=message.category.value, item=message.item
    )
    await work.emit(told, site=message.site)
    await ask_for_call(work, message)


async def release(work: Work, message: Message, *, failed: bool) -> None:
    """Let what travelled in a mail that did not go out wait on its own again."""
    for other in await messages.carried(work, message.id):
        attempts = other.attempts + failed
        await messages.change(work, other.id, state=MessageState.WAITING, carried_by=None, attempts=attempts)
