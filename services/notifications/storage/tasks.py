"""What every service is owed, as its events tell; and the mails that wait to tell the owners of it."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.message import Message, MessageState
from services.notifications.domain.paging import OnCall
from services.notifications.domain.tasks import TASKS, Task, as_told
from services.notifications.storage import messages
from services.notifications.storage.tables import message, task
from shared.work import Work


def _read(row: RowMapping) -> Task:
    return Task(**{name: row[name] for name in Task.__dataclass_fields__})


async def note(work: Work, told: Task) -> bool:
    """Note how a task stands; return False for an older event that came late: it changes nothing."""
    row = insert(task).values(**vars(told))
    newer = {name: row.excluded[name] for name in Task.__dataclass_fields__ if name not in ("id", "site")}
    noted = await work.connection.execute(
        row.on_conflict_do_update(index_elements=["id"], set_=newer, where=task.c.sequence < row.excluded.sequence)
    )
    return bool(noted.rowcount)


async def waiting(work: Work, site: str, person: OnCall) -> Message | None:
    """Return the mail about tasks that waits for this person, locked: nothing is added to one that is being sent."""
    query = (
        select(message)
        .where(
            message.c.site == site,
            message.c.subject == person.subject,
            message.c.text == TASKS,
            message.c.state == MessageState.WAITING,
        )
        .order_by(message.c.not_before, message.c.id)
        .limit(1)
    )
    rows = await work.lock(query)
    return messages.read(rows[0]) if rows else None


async def still_owed(work: Work, told: Message) -> list[Task]:
    """Return the tasks of a mail that are open and owed by the role for which its reader was told of them."""
    owners = told.about["tasks"]
    rows = await work.connection.execute(select(task).where(task.c.id.in_(map(UUID, owners)), task.c.is_open))
    found = [_read(row) for row in rows.mappings()]
    return [one for one in found if one.owner == owners[str(one.id)]]


async def write_down(work: Work, told: Message) -> Message:
    """Keep what a mail is about to tell, so that a second try says the same."""
    about = {**told.about, "told": as_told(await still_owed(work, told))}
    await messages.change(work, told.id, about=about)
    return replace(told, about=about)
