"""Pages: who is called now, and who took it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.notifications.commands import acknowledge_page as acknowledging
from services.notifications.domain.paging import Page
from services.notifications.storage import pages
from shared.auth import READERS, Principal
from shared.http import InWork, Router, allow
from shared.paging import InPages, Paged

router = Router(tags=["pages"])
Staff = Annotated[Principal, allow(*READERS)]
OnCall = Annotated[Principal, allow("prescriber", "clinician", "facilitator", "coordinator")]


class PageShown(BaseModel):
    """One page; `cause` is risk, vitals_emergency, vitals_hold or adverse_event. Tier 1 is called first."""

    id: UUID
    site: str
    program_id: UUID | None
    cause: str
    item: str
    tier: int
    raised_at: datetime
    closed_at: datetime | None
    closure: str | None
    acknowledged_by: str | None


class PagesShown(Paged):
    items: list[PageShown]


def _show(page: Page) -> PageShown:
    return PageShown(**{name: getattr(page, name) for name in PageShown.model_fields})


@router.get("/pages")
async def list_pages(
    caller: Staff,
    work: InWork,
    page: InPages,
    open: bool = False,
    program_id: UUID | None = None,
) -> PagesShown:
    """The pages at the caller's sites, the newest first; `open=true`: those that nobody has taken yet."""
    found = await pages.shown(work, open_only=open, program_id=program_id, wanted=page)
    return PagesShown(items=[_show(one) for one in found], next=page.next([one.id for one in found]))


@router.post("/pages/{page_id}/acknowledge")
async def acknowledge_page(caller: OnCall, work: InWork, page_id: UUID) -> PageShown:
    """Take a page: nobody else is called. Refused when it is closed (`page_closed`); doing it twice is the same."""
    return _show(await acknowledging.acknowledge_page(work, page_id, caller))
