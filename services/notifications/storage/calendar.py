"""When sessions are, as the scheduler last said: what invitations and reminders need."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.email import Appointment
from services.notifications.domain.message import Message
from services.notifications.storage.tables import session_time
from shared.work import Work


def _read(row: RowMapping) -> Appointment:
    return Appointment(**{name: row[name] for name in Appointment.__dataclass_fields__})


async def find(work: Work, session_id: UUID) -> Appointment | None:
    rows = await work.lock(select(session_time).where(session_time.c.session_id == session_id))
    return _read(rows[0]) if rows else None


async def keep(work: Work, appointment: Appointment) -> None:
    """Note a session's time; an older revision that comes late changes nothing."""
    values = {name: getattr(appointment, name) for name in Appointment.__dataclass_fields__}
    row = insert(session_time).values(**values)
    newer = {name: row.excluded[name] for name in ("starts_at", "ends_at", "revision", "cancelled")}
    await work.connection.execute(
        row.on_conflict_do_update(
            index_elements=["session_id"], set_=newer, where=session_time.c.revision < row.excluded.revision
        )
    )


async def is_known(work: Work, cohort_id: UUID) -> bool:
    """Return whether any appointment of a cohort was told of and is held."""
    found = await work.connection.execute(
        select(session_time.c.session_id)
        .where(session_time.c.cohort_id == cohort_id, ~session_time.c.cancelled)
        .limit(1)
    )
    return found.first() is not None


async def is_cancelled(work: Work, message: Message) -> bool:
    """Return whether the appointment that a message reminds of is not held, though the reminder came after the news."""
    if message.cohort_id is None or message.item is None:
        return False
    rows = await work.connection.execute(
        select(session_time.c.cancelled).where(
            session_time.c.cohort_id == message.cohort_id, session_time.c.item == message.item
        )
    )
    found = list(rows.scalars())
    return bool(found) and all(found)


async def told_of(work: Work, messages: Iterable[Message], turns: int) -> tuple[Appointment, ...]:
    """Return the appointments that these messages tell of, those that are cancelled among them.

    `turns`: how often the recipient's appointments were taken back as a whole, or given back.
    """
    told = list(messages)
    cohorts = {UUID(message.about["cohort_id"]) for message in told if "cohort_id" in message.about}
    rows = await work.connection.execute(
        select(session_time).where(session_time.c.cohort_id.in_(cohorts)).order_by(session_time.c.starts_at)
    )
    found = [_read(row) for row in rows.mappings()]
    return tuple(one.as_told_by(told, turns) for one in found if any(one.is_told_by(message) for message in told))
