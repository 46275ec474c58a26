"""Each site's on-call roster: every revision is kept, the newest holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.paging import OnCall
from services.notifications.storage.tables import on_call
from shared.protocol.vocabulary import Role
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
    """Return the roster that holds; None when none was ever set."""
    rows = await work.connection.execute(
        select(on_call).where(on_call.c.site == site).order_by(on_call.c.revision.desc()).limit(1)
    )
    row = rows.mappings().first()
    return _read(row) if row else None


async def entries(work: Work, site: str) -> tuple[OnCall, ...]:
    """Return who is on call at a site; empty when nobody is."""
    roster = await find(work, site)
    return roster.entries if roster else ()


async def replace(work: Work, site: str, entries: Iterable[OnCall], by: str, *, after: int) -> Roster:
    """Set a site's roster in place of a revision. Refused as `stale` when somebody else sets it at the same moment."""
    row = {"site": site, "revision": after + 1, "tiers": _tiers(entries), "set_at": work.now, "set_by": by}
    set_now = await work.connection.execute(insert(on_call).values(**row).on_conflict_do_nothing())
    if not set_now.rowcount:
        raise Refused("stale", "somebody has just set this roster: read it again, then change it")
    new = await find(work, site)
    assert new is not None
    return new


def _tiers(entries: Iterable[OnCall]) -> list[list[dict[str, str]]]:
    """Return who is on call tier by tier, as the row keeps it."""
    by_tier: dict[int, list[dict[str, str]]] = {}
    for entry in entries:
        person = {"subject": entry.subject, "role": entry.role.value, "email": entry.email}
        by_tier.setdefault(entry.tier, []).append(person)
    return [by_tier[tier] for tier in sorted(by_tier)]
