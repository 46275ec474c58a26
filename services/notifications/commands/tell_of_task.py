"""The owners of a task are told of it: each by a mail of their own that gathers what waits for them."""

from zoneinfo import ZoneInfo

from services.notifications.commands.ask_for_roster import ask_for_roster
from services.notifications.commands.owe_message import owe_message
from services.notifications.domain.delivery_policy import delivery_policy
from services.notifications.domain.message import Notice, Recipient
from services.notifications.domain.tasks import TASKS, Task, told_at, told_of
from services.notifications.storage import messages, on_call, tasks
from services.notifications.storage.ruling import protocols_for_staff
from shared.protocol.vocabulary import MessageCategory
from shared.work import Work


async def task_changed(work: Work, told: Task) -> None:
    """Keep how a task stands; tell its owners when it is opened, and at each stage that asks them to act."""
    if await tasks.note(work, told) and told.is_announced:
        await tell_of_task(work, told)


async def tell_of_task(work: Work, told: Task) -> None:
    """Owe each owner a mail about a task, or let the mail that waits for them tell of it too."""
    callees = told_of(await on_call.entries(work, told.site), told.owner)
    if not callees:
        await ask_for_roster(work, told.site)
    rules = delivery_policy(protocols_for_staff(work, None), MessageCategory.STAFF_TASK)
    at = told_at(told, rules, ZoneInfo(work.sites[told.site].zone), work.now)
    for person in callees:
        waiting = await tasks.waiting(work, told.site, person)
        if waiting and waiting.not_before <= at:
            gathered = {**waiting.about["tasks"], str(told.id): told.owner}
            await messages.change(work, waiting.id, about={"tasks": gathered})
            continue
        notice = Notice(
            recipient=Recipient(person.role),
            subject=person.subject,
            text=TASKS,
            category=MessageCategory.STAFF_TASK,
            program_id=None,
            reasons=(),
            about={"tasks": {str(told.id): told.owner}},
        )
        await owe_message(work, told.site, notice, at)
