"""A ledger that did not balance, kept as what somebody owes."""

from typing import Final

from sqlalchemy import func, select

from services.scheduler.storage import obligations
from shared.obligation import Obligation, table
from shared.work import Work

BROKEN: Final = "ledger_broken"


async def broken(work: Work, site: str) -> Obligation | None:
    """Lock and return what is owed for the site's ledger; None while it balances."""
    owed = await obligations.all_open(work, kind=BROKEN)
    found = next((one for one in owed if one.site == site), None)
    locked = await obligations.get(work, found.id) if found else None
    return locked if locked and locked.closed_at is None else None


async def next_item(work: Work, site: str) -> str:
    """Return `ledger:bc:2` for the second time at a site; who sees the same at the same moment names it alike."""
    before = select(func.count()).where(table.c.kind == BROKEN, table.c.site == site)
    return f"ledger:{site}:{(await work.connection.execute(before)).scalar_one() + 1}"
