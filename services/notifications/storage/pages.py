"""Pages, open and closed."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.paging import Call, Page
from services.notifications.storage.tables import page
from shared import paging
from shared.work import Work


def _read(row: RowMapping) -> Page:
    return Page(**{name: row[name] for name in Page.__dataclass_fields__})


async def add(work: Work, id: UUID, site: str, wanted: Call) -> bool:
    """Keep a page of the first tier; False while one with this key is open."""
    raised = await work.connection.execute(
        insert(page)
        .values(
            id=id,
            site=site,
            key=wanted.key,
            cause=wanted.cause,
            program_id=wanted.program_id,
            item=wanted.item,
            tier=1,
            raised_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["site", "key"], index_where=page.c.closed_at.is_(None))
    )
    return bool(raised.rowcount)


async def change(work: Work, id: UUID, **values: Any) -> None:
    """Change a page that is locked through its obligation."""
    await work.connection.execute(update(page).where(page.c.id == id).values(**values))


async def find(work: Work, id: UUID) -> Page | None:
    row = (await work.connection.execute(select(page).where(page.c.id == id))).mappings().first()
    return _read(row) if row else None


async def find_open(work: Work, site: str, key: str) -> Page | None:
    """Return the open page with this key."""
    rows = await work.connection.execute(
        select(page).where(page.c.site == site, page.c.key == key, page.c.closed_at.is_(None))
    )
    row = rows.mappings().first()
    return _read(row) if row else None


async def lock(work: Work, id: UUID) -> Page:
    [row] = await work.lock(select(page).where(page.c.id == id))
    return _read(row)


async def shown(work: Work, *, open_only: bool, program_id: UUID | None, wanted: paging.Page) -> list[Page]:
    """Pages, newest first."""
    conditions: list[ColumnElement[bool]] = [page.c.closed_at.is_(None)] if open_only else []
    if program_id:
        conditions.append(page.c.program_id == program_id)
    rows = await work.connection.execute(
        wanted.within(select(page).where(*conditions), page.c.raised_at, page.c.id, newest_first=True)
    )
    return [_read(row) for row in rows.mappings()]
