"""Amendments: computed from the rows as they stand, applied in one transaction, kept for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select

from services.scheduler.domain.amendment import Amendment, Change
from services.scheduler.domain.calendar import Calendar
from services.scheduler.storage import bookings, cohorts, program_lists, programs
from services.scheduler.storage.bookings import BookedSession
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.programs import Program
from services.scheduler.storage.tables import amendment
from shared.protocol.model import Protocol
from shared.work import Work


@dataclass(frozen=True)
class Proposal:
    """A cohort under another version: what it would do to the calendar, and to each member who is on the path.

    `revisions` say of which facts this is true: the calendar's revision, and that of each program by its id.
    """

    cohort: Cohort
    published: Protocol
    inputs: Mapping[str, int]
    amendment: Amendment
    sessions: tuple[BookedSession, ...]
    members: tuple[tuple[Program, tuple[Change, ...]], ...]
    revisions: dict[str, int]

    @property
    def calendar(self) -> Calendar:
        return self.amendment.rebooked


@dataclass(frozen=True)
class Applied:
    """An amendment as it was signed and applied."""

    id: UUID
    site: str
    cohort_id: UUID
    from_version: str
    to_version: str
    to_hash: str
    inputs: Mapping[str, int]
    revisions: Mapping[str, int]
    reason: str
    signature: Mapping[str, Any]
    applied_at: datetime


async def propose(work: Work, cohort: Cohort, published: Protocol, inputs: Mapping[str, int]) -> Proposal:
    """Return what the version would change. Reads only."""
    booked = await bookings.calendar(work, cohort)
    sessions = tuple(await bookings.sessions_of(work, cohort.id))
    fixed = {session.item for session in sessions if session.is_fixed(work.now)}
    after = published.with_inputs(inputs) if published.inputs else published
    amended = Amendment(cohorts.protocol_of(work, cohort), after, booked, fixed)
    members = []
    for member in await program_lists.members(work, cohort.id):
        if member.closed_at is None:
            facts = await programs.facts(work, member.id)
            members.append((member, amended.changes_for(facts, work.now)))
    revisions = {str(member.id): member.revision for member, _ in members}
    revisions["calendar"] = cohort.calendar_revision
    return Proposal(cohort, published, inputs, amended, sessions, tuple(members), revisions)


async def find(work: Work, cohort_id: UUID, to_version: str, revisions: Mapping[str, int]) -> Applied | None:
    """Return the amendment that was applied to exactly these facts, if it was."""
    table = amendment.c
    rows = await work.connection.execute(
        select(amendment).where(
            table.cohort_id == cohort_id, table.to_version == to_version, table.revisions == dict(revisions)
        )
    )
    row = rows.mappings().first()
    return _applied(row) if row else None


async def listed(work: Work, cohort_id: UUID) -> list[Applied]:
    """Return a cohort's amendments, the oldest first."""
    rows = await work.connection.execute(
        select(amendment).where(amendment.c.cohort_id == cohort_id).order_by(amendment.c.applied_at)
    )
    return [_applied(row) for row in rows.mappings()]


async def keep(work: Work, applied: Applied) -> None:
    values = {name: getattr(applied, name) for name in Applied.__dataclass_fields__}
    await work.connection.execute(insert(amendment).values(**values))


def _applied(row: RowMapping) -> Applied:
    return Applied(**{name: row[name] for name in Applied.__dataclass_fields__})
