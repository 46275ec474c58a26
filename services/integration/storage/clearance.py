"""Everything that a dose's clearance rests on, in one reading."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.integration.domain.circles import Past
from services.integration.domain.clearance import Standing
from services.integration.storage.rows import read
from services.integration.storage.tables import (
    attendance,
    attendance_correction,
    circle,
    measure,
    overridden_item,
    risk,
    session_risk,
)


async def standing(connection: AsyncConnection, program_id: UUID) -> Standing:
    """Return what integration knows of one person at this moment."""
    places = _places(program_id, attendance.c.status)
    overridden = select(overridden_item.c.item).where(overridden_item.c.program_id == program_id)
    completed = select(measure.c.item).where(measure.c.program_id == program_id, measure.c.closure == "completed")
    open_risks = [
        select(func.count()).where(table.c.program_id == program_id, table.c.closed_at.is_(None))
        for table in (risk, session_risk)
    ]
    return await _standing(connection, places, overridden, completed, open_risks)


async def standing_at(connection: AsyncConnection, program_id: UUID, at: datetime) -> Standing:
    """Return what integration knew of one person then. Everything carries the time at which it was recorded."""
    places = _places(program_id, case((attendance.c.recorded_at > at, "expected"), else_=attendance.c.status))
    overridden = select(overridden_item.c.item).where(
        overridden_item.c.program_id == program_id, overridden_item.c.overridden_at <= at
    )
    completed = select(measure.c.item).where(
        measure.c.program_id == program_id, measure.c.closure == "completed", measure.c.closed_at <= at
    )
    open_risks = [
        select(func.count()).where(
            table.c.program_id == program_id,
            table.c.raised_at <= at,
            or_(table.c.closed_at.is_(None), table.c.closed_at > at),
        )
        for table in (risk, session_risk)
    ]
    return await _standing(connection, places, overridden, completed, open_risks)


def _places(program_id: UUID, status: ColumnElement[str]) -> Select[Any]:
    return (
        select(circle.c.item, circle.c.missed_item, circle.c.no_show_at, status.label("status"))
        .join(attendance, attendance.c.session_id == circle.c.session_id)
        .where(attendance.c.program_id == program_id)
    )


async def _standing(
    connection: AsyncConnection,
    places: Select[Any],
    overridden: Select[Any],
    completed: Select[Any],
    open_risks: list[Select[Any]],
) -> Standing:
    return Standing(
        open_risks=sum([(await connection.execute(count)).scalar_one() for count in open_risks]),
        circles=tuple(read(Past, row) for row in (await connection.execute(places)).mappings()),
        overridden=frozenset((await connection.execute(overridden)).scalars()),
        completed_measures=frozenset(
            item.removeprefix("measure:") for item in (await connection.execute(completed)).scalars()
        ),
    )


async def revision(connection: AsyncConnection, program_id: UUID) -> int:
    """Rises with every fact that a clearance rests on; what is taken back is one fact more."""
    recorded = (attendance, attendance.c.status != "expected")
    counted = [
        (attendance, None),
        (attendance_correction, None),
        recorded,
        (overridden_item, None),
        (risk, None),
        (risk, risk.c.closed_at.is_not(None)),
        (session_risk, None),
        (session_risk, session_risk.c.closed_at.is_not(None)),
        (measure, measure.c.closed_at.is_not(None)),
    ]
    total = 0
    for table, condition in counted:
        query = select(func.count()).select_from(table).where(table.c.program_id == program_id)
        query = query if condition is None else query.where(condition)
        total += (await connection.execute(query)).scalar_one()
    return total
