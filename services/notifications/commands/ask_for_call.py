"""No mail tells somebody what they were to hear: a coordinator is asked to call them."""

from datetime import datetime

from services.notifications.commands.ask_for_roster import ask_for_roster
from services.notifications.domain.delivery_policy import delivery_policy
from services.notifications.domain.message import Message
from services.notifications.domain.tasks import TASKS
from services.notifications.storage import obligations, on_call, telling
from services.notifications.storage.ruling import protocols_for_staff
from services.notifications.storage.telling import UNDELIVERED
from shared.obligation import Obligation
from shared.protocol.vocabulary import MessageCategory, Role
from shared.work import Work


async def ask_for_call(work: Work, message: Message) -> None:
    """Owe a call, in time for what the message tells of; a site without anybody on call owes a roster first."""
    if not message.to_participant and not await on_call.entries(work, message.site):
        await ask_for_roster(work, message.site)
        return
    if message.text == TASKS:
        return  # It stands in the task list and escalates there; a task about this mail would owe a mail again.
    await obligations.open(
        work,
        site=message.site,
        kind=UNDELIVERED,
        item=str(message.id),
        program_id=message.program_id,
        owner=Role.COORDINATOR,
        deadline=await _call_by(work, message),
    )


async def ask_to_call_again(work: Work, task: Obligation, message: Message) -> None:
    """Keep the call open: somebody tried, and the participant still does not know."""
    call_by = await _call_by(work, message)
    await obligations.move(work, task, wake_at=call_by, deadline=call_by, stage="not_reached")


async def _call_by(work: Work, message: Message) -> datetime:
    """Return the time for a task of staff, but not after the appointment begins or the offer ends."""
    ruling = protocols_for_staff(work, await telling.recipient(work, message))
    within = delivery_policy(ruling, MessageCategory.STAFF_TASK).best_before
    useless = message.useless_after
    return min(work.now + within, useless) if useless and useless > work.now else work.now + within
