"""Pages: raised, escalated, closed."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from services.notifications.domain.paging import (
    Call,
    Escalation,
    Page,
    called,
    escalation,
    next_tier,
    page_notices,
    roles_of,
)
from services.notifications.domain.reasons import of_page
from services.notifications.storage import messages, obligations, on_call, reasons
from services.notifications.storage.ruling import protocols_for_staff
from services.notifications.storage.tables import page
from shared import paging
from shared.events.notifications import PageAcknowledged, PageEscalated, PageRaised
from shared.obligation import HOMEWARD, Obligation
from shared.projection import participants
from shared.work import Work


def _read(row: RowMapping) -> Page:
    return Page(**{name: row[name] for name in Page.__dataclass_fields__})


async def raise_page(work: Work, site: str, call: Call) -> None:
    """Call the first tier, once as long as a page with this key is open; owed until somebody acknowledges."""
    id = uuid7()
    raised = await work.connection.execute(
        insert(page)
        .values(
            id=id,
            site=site,
            key=call.key,
            cause=call.cause,
            program_id=call.program_id,
            item=call.item,
            tier=1,
            raised_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["site", "key"], index_where=page.c.closed_at.is_(None))
    )
    if not raised.rowcount:
        return
    new = await lock(work, id)
    ladder = await _ladder(work, new)
    await work.emit(PageRaised(page_id=id, program_id=call.program_id, item=call.item, tier=1), site=site)
    await obligations.open(
        work,
        site=site,
        kind="page",
        item=str(id),
        program_id=call.program_id,
        owner=roles_of(1, ladder)[0],
        deadline=work.now + ladder.within,
        stage="tier 1",
    )
    await _mail(work, new, ladder)


async def escalate(work: Work, obligation: Obligation) -> None:
    """Nobody acknowledged in time: the next tier is called; the last one again and again."""
    open_page = await lock(work, UUID(obligation.item))
    ladder = await _ladder(work, open_page)
    tier = next_tier(open_page.tier, ladder, await on_call.entries(work, open_page.site))
    await _change(work, open_page.id, tier=tier)
    await work.emit(
        PageEscalated(page_id=open_page.id, program_id=open_page.program_id, tier=tier), site=open_page.site
    )
    again_at = work.now + ladder.within
    await obligations.move(
        work,
        obligation,
        wake_at=again_at,
        deadline=again_at,
        stage=f"tier {tier}",
        owner=roles_of(tier, ladder)[0],
    )
    await _mail(work, await lock(work, open_page.id), ladder)


async def acknowledge(work: Work, id: UUID, by: str) -> Page:
    """Somebody takes the page: nobody else is called. A page that is closed already stays as it is."""
    taken = await _close(work, id, closure="acknowledged", by=by)
    if taken is None:
        return await lock(work, id)
    told = PageAcknowledged(page_id=id, program_id=taken.program_id, tier=taken.tier)
    await work.emit(told, site=taken.site)
    return taken


async def lose_reason(work: Work, id: UUID, closure: str) -> None:
    """What called for the page is settled: nobody needs to come."""
    await _close(work, id, closure=closure, by=HOMEWARD)


async def _close(work: Work, id: UUID, *, closure: str, by: str) -> Page | None:
    """End an open page and its obligation (locked first, as its watch does); its waiting mails lose their reason."""
    seen = await find(work, id)
    obligation = await obligations.find(work, "page", str(id), seen.program_id) if seen else None
    if seen is None or obligation is None:
        return None
    taken_by = by if closure == "acknowledged" else None
    await _change(work, id, closed_at=work.now, closure=closure, acknowledged_by=taken_by)
    await reasons.end(work, seen.site, [of_page(str(id))], work.now)
    await obligations.close(work, obligation, closure=closure, closed_by=by)
    return await lock(work, id)


async def find(work: Work, id: UUID) -> Page | None:
    row = (await work.connection.execute(select(page).where(page.c.id == id))).mappings().first()
    return _read(row) if row else None


async def find_open(work: Work, site: str, key: str) -> Page | None:
    """The open page with this key."""
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


async def _ladder(work: Work, raised: Page) -> Escalation:
    known = await participants.find(work, raised.program_id) if raised.program_id else None
    return escalation(protocols_for_staff(work, known))


async def _mail(work: Work, raised: Page, ladder: Escalation) -> None:
    callees = called(raised.tier, ladder, await on_call.entries(work, raised.site))
    if not callees:
        await on_call.miss(work, raised.site)
    for notice in page_notices(raised, callees):
        await messages.owe(work, raised.site, notice, work.now)


async def _change(work: Work, id: UUID, **values: Any) -> None:
    await work.connection.execute(update(page).where(page.c.id == id).values(**values))
