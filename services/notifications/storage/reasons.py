"""Which reasons are gone, and since when."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.notifications.storage.tables import reason_gone
from shared.work import Work


async def end(work: Work, site: str, reasons: Iterable[str], at: datetime) -> None:
    """Whatever was caused by these reasons until then has lost them; heard twice or late, the latest time holds."""
    for reason in reasons:
        row = insert(reason_gone).values(site=site, reason=reason, gone_at=at)
        latest = func.greatest(reason_gone.c.gone_at, row.excluded.gone_at)
        await work.connection.execute(
            row.on_conflict_do_update(index_elements=["site", "reason"], set_={"gone_at": latest})
        )


async def gone(work: Work, site: str, reasons: Iterable[str], caused_at: datetime) -> bool:
    """Return whether one of these reasons went after it had caused something."""
    found = await work.connection.execute(
        select(reason_gone.c.reason).where(
            reason_gone.c.site == site, reason_gone.c.reason.in_(list(reasons)), reason_gone.c.gone_at >= caused_at
        )
    )
    return found.first() is not None
