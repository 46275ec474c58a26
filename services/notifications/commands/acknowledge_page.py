"""Somebody on call takes a page, or what called for it is settled: nobody else is called."""

from uuid import UUID

from services.notifications.domain.paging import Page
from services.notifications.domain.reasons import of_page
from services.notifications.storage import obligations, pages, reasons
from shared.auth import Principal
from shared.events.notifications import PageAcknowledged
from shared.obligation import HOMEWARD
from shared.refusal import Refused, not_found
from shared.work import Work


async def acknowledge_page(work: Work, page_id: UUID, caller: Principal) -> Page:
    """Take the page; doing it twice is the same. Refused: `not_found`, `page_closed`."""
    if await pages.find(work, page_id) is None:
        raise not_found("page", page_id)
    taken = await _close(work, page_id, closure="acknowledged", by=caller.subject)
    if taken is None:
        return await _taken_before(work, page_id, caller)
    told = PageAcknowledged(page_id=page_id, program_id=taken.program_id, tier=taken.tier)
    await work.emit(told, site=taken.site)
    return taken


async def settle_page(work: Work, site: str, key: str, closure: str) -> None:
    """Close the open page with this key, if there is one: what called for it is settled, and nobody needs to come."""
    open_page = await pages.find_open(work, site, key)
    if open_page:
        await _close(work, open_page.id, closure=closure, by=HOMEWARD)


async def _taken_before(work: Work, page_id: UUID, caller: Principal) -> Page:
    page = await pages.lock(work, page_id)
    if page.acknowledged_by != caller.subject:
        taken = f"was taken by {page.acknowledged_by}" if page.acknowledged_by else f"is closed ({page.closure})"
        raise Refused("page_closed", f"page {page_id} {taken}")
    return page


async def _close(work: Work, id: UUID, *, closure: str, by: str) -> Page | None:
    """End an open page and its obligation (locked first, as its watch does); its waiting mails lose their reason."""
    seen = await pages.find(work, id)
    obligation = await obligations.find(work, "page", str(id), seen.program_id) if seen else None
    if seen is None or obligation is None:
        return None
    taken_by = by if closure == "acknowledged" else None
    await pages.change(work, id, closed_at=work.now, closure=closure, acknowledged_by=taken_by)
    await reasons.end(work, seen.site, [of_page(str(id))], work.now)
    await obligations.close(work, obligation, closure=closure, closed_by=by)
    return await pages.lock(work, id)
