"""Everything that a dose's clearance rests on, in one reading."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.integration.domain.circles import Past
from services.integration.domain.clearance import Standing
from services.integration.storage.rows import read
from services.integration.storage.tables import attendance, circle, measure, overridden_item, risk


async def standing(connection: AsyncConnection, program_id: UUID) -> Standing:
    """What integration knows of one person at this moment."""
    places = (
        select(circle.c.item, circle.c.missed_item, circle.c.no_show_at, attendance.c.status)
        .join(attendance, attendance.c.session_id == circle.c.session_id)
        .where(attendance.c.program_id == program_id)
    )
    overridden = select(overridden_item.c.item).where(overridden_item.c.program_id == program_id)
    completed = select(measure.c.item).where(measure.c.program_id == program_id, measure.c.closure == "completed")
    open_risks = select(func.count()).where(risk.c.program_id == program_id, risk.c.closed_at.is_(None))
    return Standing(
        open_risks=(await connection.execute(open_risks)).scalar_one(),
        circles=tuple(read(Past, row) for row in (await connection.execute(places)).mappings()),
        overridden=frozenset((await connection.execute(overridden)).scalars()),
        completed_measures=frozenset(
            item.removeprefix("measure:") for item in (await connection.execute(completed)).scalars()
        ),
    )


async def revision(connection: AsyncConnection, program_id: UUID) -> int:
    """Rises with every fact that a clearance rests on: nothing here is ever taken back."""
    recorded = (attendance, attendance.c.status != "expected")
    counted = [
        (attendance, None),
        recorded,
        (overridden_item, None),
        (risk, None),
        (risk, risk.c.closed_at.is_not(None)),
        (measure, measure.c.closed_at.is_not(None)),
    ]
    total = 0
    for table, condition in counted:
        query = select(func.count()).select_from(table).where(table.c.program_id == program_id)
        query = query if condition is None else query.where(condition)
        total += (await connection.execute(query)).scalar_one()
    return total
