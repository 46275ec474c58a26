"""Each site's on-call roster: every revision is kept, the newest holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.paging import OnCall
from services.notifications.storage import obligations
from services.notifications.storage.tables import on_call
from shared.protocol.vocabulary import MessageCategory, Role
from shared.refusal import Refused
from shared.work import Work


@dataclass(frozen=True)
class Roster:
    site: str
    revision: int
    entries: tuple[OnCall, ...]
    set_at: datetime
    set_by: str


def _read(row: RowMapping) -> Roster:
    entries = tuple(
        OnCall(tier, entry["subject"], Role(entry["role"]), entry["email"])
        for tier, people in enumerate(row["tiers"], start=1)
        for entry in people
    )
    return Roster(row["site"], row["revision"], entries, row["set_at"], row["set_by"])


async def find(work: Work, site: str) -> Roster | None:
    """The roster that holds; None when none was ever set."""
    rows = await work.connection.execute(
        select(on_call).where(on_call.c.site == site).order_by(on_call.c.revision.desc()).limit(1)
    )
    row = rows.mappings().first()
    return _read(row) if row else None


async def entries(work: Work, site: str) -> tuple[OnCall, ...]:
    """Who is on call at a site; empty when nobody is."""
    roster = await find(work, site)
    return roster.entries if roster else ()


async def replace(work: Work, site: str, tiers: Sequence[Sequence[dict[str, str]]], by: str, *, after: int) -> Roster:
    """Set a site's roster in place of a revision; the task that nobody was on call is closed.

    Refused as `stale` when somebody else is setting it at the same moment.
    """
    row = {
        "site": site,
        "revision": after + 1,
        "tiers": [list(people) for people in tiers],
        "set_at": work.now,
        "set_by": by,
    }
    set_now = await work.connection.execute(insert(on_call).values(**row).on_conflict_do_nothing())
    if not set_now.rowcount:
        raise Refused("stale", "somebody has just set this roster: read it again, then change it")
    for open_task in await obligations.all_open(work, kind="nobody_on_call"):
        if open_task.site == site:
            task = await obligations.get(work, open_task.id)
            if task.closed_at is None:
                await obligations.close(work, task, closure="roster_set", closed_by=by)
    new = await find(work, site)
    assert new is not None
    return new


async def miss(work: Work, site: str) -> None:
    """Nobody is on call: the coordinator owes a roster, once a day and site."""
    day = work.now.date()
    within = min(p.category(MessageCategory.STAFF_TASK).best_before for p in work.protocols.all())
    await obligations.open(
        work,
        site=site,
        kind="nobody_on_call",
        item=f"on_call:{site}:{day}",
        owner="coordinator",
        deadline=work.now + within,
    )
