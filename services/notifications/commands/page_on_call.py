"""The people on call are paged: the first tier at once, the next when nobody acknowledges."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.notifications.commands.ask_for_roster import ask_for_roster
from services.notifications.commands.owe_message import owe_message
from services.notifications.domain.paging import (
    Call,
    Escalation,
    Page,
    call,
    called,
    escalation,
    next_tier,
    page_notices,
    roles_of,
)
from services.notifications.domain.reasons import of_page
from services.notifications.storage import obligations, on_call, pages, reasons
from services.notifications.storage.ruling import protocols_for_staff
from shared.events import Envelope
from shared.events.notifications import PageEscalated, PageRaised
from shared.obligation import Obligation
from shared.projection import participants
from shared.work import Work


async def page_on_call(work: Work, heard: Envelope[Any]) -> None:
    """Page for a fact that calls for it, unless what calls for it is settled already."""
    wanted = call(heard.data, heard.id)
    if wanted and not await reasons.gone(work, heard.site, [of_page(wanted.key)], heard.time):
        await raise_page(work, heard.site, wanted)


async def raise_page(work: Work, site: str, wanted: Call) -> None:
    """Call the first tier, once as long as a page with this key is open; owed until somebody acknowledges."""
    id = uuid7()
    if not await pages.add(work, id, site, wanted):
        return
    new = await pages.lock(work, id)
    ladder = await _ladder(work, new)
    await work.emit(PageRaised(page_id=id, program_id=wanted.program_id, item=wanted.item, tier=1), site=site)
    await obligations.open(
        work,
        site=site,
        kind="page",
        item=str(id),
        program_id=wanted.program_id,
        owner=roles_of(1, ladder)[0],
        deadline=work.now + ladder.within,
        stage="tier 1",
    )
    await _mail(work, new, ladder)


async def escalate_page(work: Work, obligation: Obligation) -> None:
    """Call the next tier, as nobody acknowledged within `risk.page_ack_within`; the last one again and again."""
    open_page = await pages.lock(work, UUID(obligation.item))
    ladder = await _ladder(work, open_page)
    tier = next_tier(open_page.tier, ladder, await on_call.entries(work, open_page.site))
    await pages.change(work, open_page.id, tier=tier)
    escalated = PageEscalated(page_id=open_page.id, program_id=open_page.program_id, tier=tier)
    await work.emit(escalated, site=open_page.site)
    again_at = work.now + ladder.within
    await obligations.move(
        work,
        obligation,
        wake_at=again_at,
        deadline=again_at,
        stage=f"tier {tier}",
        owner=roles_of(tier, ladder)[0],
    )
    await _mail(work, await pages.lock(work, open_page.id), ladder)


async def _ladder(work: Work, raised: Page) -> Escalation:
    known = await participants.find(work, raised.program_id) if raised.program_id else None
    return escalation(protocols_for_staff(work, known))


async def _mail(work: Work, raised: Page, ladder: Escalation) -> None:
    callees = called(raised.tier, ladder, await on_call.entries(work, raised.site))
    if not callees:
        await ask_for_roster(work, raised.site)
    for notice in page_notices(raised, callees):
        await owe_message(work, raised.site, notice, work.now)
