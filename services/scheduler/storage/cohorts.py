"""Cohorts: which protocol each pinned, and how far its workflow is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Table, func, insert, select, update

from services.scheduler.storage.tables import cohort
from shared.events import ProtocolPin
from shared.paging import EVERY, Page
from shared.protocol.model import Protocol
from shared.refusal import not_found
from shared.watch import WakePlan
from shared.work import Work


@dataclass(frozen=True)
class Cohort:
    """One cohort's row."""

    id: UUID
    site: str
    protocol_id: str
    protocol_version: str
    protocol_hash: str
    inputs: dict[str, int]
    theme: str | None
    capacity: int
    starts_on: date
    starts_at: datetime
    zone: str
    calendar_revision: int
    revision: int
    closed_at: datetime | None
    cancelled_at: datetime | None = None

    @property
    def pin(self) -> ProtocolPin:
        return ProtocolPin(id=self.protocol_id, version=self.protocol_version, hash=self.protocol_hash)


def _cohort(row: RowMapping) -> Cohort:
    return Cohort(**{name: row[name] for name in Cohort.__dataclass_fields__})


def workflow_id(cohort_id: UUID) -> str:
    return f"scheduler-cohort-{cohort_id}"


async def create(work: Work, new: Cohort) -> None:
    """Keep the cohort by itself: its seats and its calendar are made beside it."""
    row = {name: getattr(new, name) for name in Cohort.__dataclass_fields__}
    await work.connection.execute(insert(cohort).values(**row, settled_revision=0))


async def get(work: Work, id: UUID, *, lock: bool = False) -> Cohort:
    query = select(cohort).where(cohort.c.id == id)
    rows = await work.lock(query) if lock else (await work.connection.execute(query)).mappings().all()
    if not rows:
        raise not_found("cohort", id)
    return _cohort(rows[0])


async def listed(work: Work, site: str | None = None, page: Page = EVERY) -> list[Cohort]:
    query = select(cohort).where(cohort.c.site == site) if site else select(cohort)
    rows = await work.connection.execute(page.within(query, cohort.c.starts_at, cohort.c.id))
    return [_cohort(row) for row in rows.mappings()]


async def same(work: Work, new: Cohort) -> Cohort | None:
    """Return the cohort that starts then with the same protocol and theme, if there is one that was not cancelled.

    Whoever opens a cohort of this protocol at the site waits for the other: two requests at once make one.
    """
    await work.queue(f"open cohort {new.site} {new.protocol_id}")
    rows = await work.connection.execute(
        select(cohort).where(
            cohort.c.site == new.site,
            cohort.c.protocol_id == new.protocol_id,
            cohort.c.starts_at == new.starts_at,
            cohort.c.theme.is_not_distinct_from(new.theme),
            cohort.c.cancelled_at.is_(None),
        )
    )
    row = rows.mappings().first()
    return _cohort(row) if row else None


async def open_for(work: Work, site: str, protocol_id: str) -> list[Cohort]:
    """Lock and return the cohorts that may have a seat for somebody, the earliest start first."""
    query = (
        select(cohort)
        .where(cohort.c.site == site, cohort.c.protocol_id == protocol_id, cohort.c.closed_at.is_(None))
        .order_by(cohort.c.starts_at, cohort.c.id)
    )
    return [_cohort(row) for row in await work.lock(query)]


async def starting_before(work: Work, of: Cohort) -> list[Cohort]:
    """Return the open cohorts of the same site and protocol that start earlier."""
    rows = await work.connection.execute(
        select(cohort).where(
            cohort.c.site == of.site,
            cohort.c.protocol_id == of.protocol_id,
            cohort.c.closed_at.is_(None),
            cohort.c.starts_at < of.starts_at,
        )
    )
    return [_cohort(row) for row in rows.mappings()]


def protocol_of(work: Work, of: Cohort) -> Protocol:
    """Return the pinned protocol with the cohort's inputs in place; raise ProtocolGone when it cannot be read."""
    published = work.protocols.pinned(of.protocol_id, of.protocol_version, of.protocol_hash)
    return published.with_inputs(of.inputs) if published.inputs else published


async def is_settled(work: Work, of: Cohort) -> bool:
    """Return whether every consequence is drawn: nothing is due and not done."""
    return await nothing_is_due(work, cohort, cohort.c.id == of.id)


async def nothing_is_due(work: Work, table: Table, which: ColumnElement[bool]) -> bool:
    """Return whether the consequences of these watched rows are all drawn."""
    due = table.c.closed_at.is_(None) & (table.c.wake_at <= work.now)
    unsettled = select(func.count()).where(which, (table.c.settled_revision < table.c.revision) | due)
    return (await work.connection.execute(unsettled)).scalar_one() == 0


async def touch(work: Work, of: Cohort) -> Cohort:
    """Let the workflow look again, as something about the cohort changed."""
    revision = of.revision + 1
    changed = await change(work, of, revision=revision)
    await work.nudge("CohortProgram", workflow_id(of.id), site=of.site, plan=WakePlan(revision))
    return changed


async def change(work: Work, of: Cohort, **values: Any) -> Cohort:
    changed = await work.connection.execute(
        update(cohort).where(cohort.c.id == of.id).values(**values).returning(cohort)
    )
    return _cohort(changed.mappings().one())


async def settle(work: Work, of: Cohort, *, wake_at: datetime | None, closed: bool) -> None:
    """Note that the workflow has done what was due at this revision."""
    await work.settle(workflow_id(of.id))
    await change(
        work,
        of,
        settled_revision=of.revision,
        settled_at=work.now,
        wake_at=None if closed else wake_at,
        closed_at=(of.closed_at or work.now) if closed else None,
    )
