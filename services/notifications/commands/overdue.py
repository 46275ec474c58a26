"""What happens when the moment of one of notifications' obligations comes: each kind and the command that acts then."""

from datetime import timedelta

from services.notifications.commands.hold_message import find_protocol_again
from services.notifications.commands.page_on_call import escalate_page
from services.notifications.commands.send_message import settle_message
from services.notifications.storage import obligations, telling
from services.notifications.storage.telling import HELD, UNDELIVERED
from shared.obligation import HOMEWARD, Obligation, Rule
from shared.work import Work

REMIND = timedelta(days=1)
"""How often somebody is told of a task that stays overdue (convention)."""


async def call_or_drop(work: Work, obligation: Obligation) -> None:
    """Remind of a call that nobody made, unless what it would have told is over by now."""
    if await telling.is_over(work, obligation):
        await obligations.close(work, obligation, closure="reason_gone", closed_by=HOMEWARD)
    else:
        await remind(work, obligation)


async def remind(work: Work, obligation: Obligation) -> None:
    """Say that a person's task is overdue, and look again a day later."""
    await obligations.move(work, obligation, wake_at=work.now + REMIND, stage="overdue")


RULES: dict[str, Rule] = {
    "message": settle_message,
    "page": escalate_page,
    UNDELIVERED: call_or_drop,
    HELD: find_protocol_again,
    "reply": remind,
    "nobody_on_call": remind,
}
