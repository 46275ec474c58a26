"""Check-ins, their answers and the calls."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from services.integration.domain.check_ins import CheckIn
from services.integration.storage import rows
from services.integration.storage.rows import read
from services.integration.storage.tables import check_in, check_in_answer, check_in_call
from shared.events.integration import CheckInClosure
from shared.paging import EVERY, Page
from shared.work import Work


@dataclass(frozen=True)
class Call:
    """A call to a person whose check-in is unanswered."""

    reached: bool
    outcome: str | None
    called_at: datetime
    called_by: str


async def add(connection: AsyncConnection, asked: CheckIn) -> bool:
    """Keep a new check-in; return False when it is known already."""
    added = await connection.execute(insert(check_in).values(**asdict(asked)).on_conflict_do_nothing())
    return bool(added.rowcount)


async def lock(work: Work, program_id: UUID, item: str) -> CheckIn | None:
    return await rows.lock(work, check_in, CheckIn, program_id=program_id, item=item)


async def listed(
    connection: AsyncConnection, program_id: UUID | None, is_open: bool | None, page: Page = EVERY
) -> list[CheckIn]:
    query = page.within(select(check_in), check_in.c.due_at, check_in.c.program_id, check_in.c.item)
    if program_id:
        query = query.where(check_in.c.program_id == program_id)
    if is_open is not None:
        query = query.where(check_in.c.closed_at.is_(None) if is_open else check_in.c.closed_at.is_not(None))
    return [read(CheckIn, row) for row in (await connection.execute(query)).mappings()]


async def close(
    connection: AsyncConnection, check: CheckIn, closure: CheckInClosure, closed_by: str, now: datetime
) -> None:
    await connection.execute(
        update(check_in)
        .where(check_in.c.program_id == check.program_id, check_in.c.item == check.item)
        .values(closure=closure, closed_by=closed_by, closed_at=now)
    )


async def reopen(connection: AsyncConnection, check: CheckIn) -> None:
    """Open again what was closed by mistake."""
    await connection.execute(
        update(check_in)
        .where(check_in.c.program_id == check.program_id, check_in.c.item == check.item)
        .values(closure=None, closed_by=None, closed_at=None)
    )


async def keep_answers(
    connection: AsyncConnection, check: CheckIn, answers: Mapping[str, int], answered_by: str, now: datetime
) -> None:
    values = {"program_id": check.program_id, "item": check.item, "site": check.site}
    await connection.execute(
        insert(check_in_answer).values(**values, answers=dict(answers), answered_by=answered_by, answered_at=now)
    )


async def answers(connection: AsyncConnection, check: CheckIn) -> dict[str, int] | None:
    query = select(check_in_answer.c.answers).where(
        check_in_answer.c.program_id == check.program_id, check_in_answer.c.item == check.item
    )
    return (await connection.execute(query)).scalar()


async def keep_call(connection: AsyncConnection, check: CheckIn, call: Call) -> None:
    values = {"id": uuid7(), "program_id": check.program_id, "item": check.item, "site": check.site}
    await connection.execute(insert(check_in_call).values(**values, **asdict(call)))


async def calls(connection: AsyncConnection, check: CheckIn) -> list[Call]:
    query = (
        select(check_in_call)
        .where(check_in_call.c.program_id == check.program_id, check_in_call.c.item == check.item)
        .order_by(check_in_call.c.called_at)
    )
    return [read(Call, row) for row in (await connection.execute(query)).mappings()]
