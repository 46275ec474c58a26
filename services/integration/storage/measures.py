"""Measurement points and what was answered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from services.integration.domain.instruments import Items, Score
from services.integration.domain.measures import Closure, Measure
from services.integration.domain.outcomes import Answered, Cell
from services.integration.storage import rows
from services.integration.storage.rows import read
from services.integration.storage.tables import measure, response
from shared.paging import EVERY, Page
from shared.work import Work


@dataclass(frozen=True)
class Response:
    """One scored questionnaire; `recall_days` is the period that its answers speak of."""

    program_id: UUID
    item: str
    instrument: str
    total: int | None
    band: str | None
    positive: bool | None
    provisional: bool | None
    subscales: list[dict[str, Any]]
    late: bool
    answered_at: datetime


async def add(connection: AsyncConnection, opened: Measure) -> bool:
    """Keep a new measure; return False when it is known already."""
    added = await connection.execute(insert(measure).values(**asdict(opened)).on_conflict_do_nothing())
    return bool(added.rowcount)


async def lock(work: Work, program_id: UUID, item: str) -> Measure | None:
    return await rows.lock(work, measure, Measure, program_id=program_id, item=item)


async def of_program(connection: AsyncConnection, program_id: UUID | None, page: Page = EVERY) -> list[Measure]:
    query = page.within(select(measure), measure.c.due_at, measure.c.program_id, measure.c.item)
    if program_id:
        query = query.where(measure.c.program_id == program_id)
    return [read(Measure, row) for row in (await connection.execute(query)).mappings()]


async def responses(
    connection: AsyncConnection, of: Iterable[tuple[UUID, str]]
) -> dict[tuple[UUID, str], list[Response]]:
    """Return the scored questionnaires of these measurement points (program, item), oldest first."""
    asked = tuple_(response.c.program_id, response.c.item).in_(list(of))
    query = select(response).where(asked).order_by(response.c.answered_at, response.c.id)
    found: dict[tuple[UUID, str], list[Response]] = defaultdict(list)
    for row in (await connection.execute(query)).mappings():
        found[row["program_id"], row["item"]].append(read(Response, row))
    return found


async def complete(connection: AsyncConnection, program_id: UUID, item: str) -> set[str]:
    """Return the instruments of a measure that have a total."""
    query = select(response.c.instrument).where(
        response.c.program_id == program_id, response.c.item == item, response.c.total.is_not(None)
    )
    return set((await connection.execute(query)).scalars())


async def keep_response(
    connection: AsyncConnection,
    of: Measure,
    instrument: str,
    items: Items,
    score: Score,
    *,
    recall_days: int,
    late: bool,
    answered_by: str,
    now: datetime,
) -> None:
    await connection.execute(
        insert(response).values(
            id=uuid7(),
            program_id=of.program_id,
            item=of.item,
            site=of.site,
            instrument=instrument,
            items=list(items),
            recall_days=recall_days,
            total=score.total,
            band=score.band,
            positive=score.positive,
            provisional=score.provisional,
            subscales=[asdict(one) for one in score.subscales],
            late=late,
            answered_at=now,
            answered_by=answered_by,
        )
    )


async def close(
    connection: AsyncConnection,
    of: Measure,
    closure: Closure,
    *,
    closed_by: str,
    now: datetime,
    late: bool = False,
    reason: str | None = None,
) -> None:
    await connection.execute(
        update(measure)
        .where(measure.c.program_id == of.program_id, measure.c.item == of.item)
        .values(closure=closure, closed_by=closed_by, closed_at=now, late=late, reason=reason)
    )


async def reopen(connection: AsyncConnection, of: Measure) -> None:
    """Open again what was closed by mistake."""
    await connection.execute(
        update(measure)
        .where(measure.c.program_id == of.program_id, measure.c.item == of.item)
        .values(closure=None, closed_by=None, closed_at=None)
    )


async def for_outcomes(connection: AsyncConnection, site: str | None, cohort_id: UUID | None) -> list[Measure]:
    """Return the measures of a site or cohort, whatever became of them."""
    query = select(measure).order_by(measure.c.due_at)
    if site:
        query = query.where(measure.c.site == site)
    if cohort_id:
        query = query.where(measure.c.cohort_id == cohort_id)
    return [read(Measure, row) for row in (await connection.execute(query)).mappings()]


async def scores(connection: AsyncConnection, site: str | None) -> list[Answered]:
    """Return every total that was reached, and the subscales of the same questionnaire."""
    query = select(response).where(response.c.total.is_not(None))
    if site:
        query = query.where(response.c.site == site)
    found: list[Answered] = []
    for row in (await connection.execute(query)).mappings():
        cell = Cell(row["instrument"], row["item"].removeprefix("measure:"))
        found.append(Answered(row["program_id"], cell, row["total"]))
        for one in row["subscales"]:
            found.append(Answered(row["program_id"], cell._replace(subscale=one["subscale"]), one["score"]))
    return found
