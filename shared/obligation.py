"""An obligation: something is owed, by a role, until a deadline, and a durable watch sees to it.

Every service keeps its own table of them; the ledger reads them all.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, RowMapping, Table, Text, Uuid, and_, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from uuid_utils.compat import uuid7

from shared import nudge
from shared.audit.entry import Entry, opaque
from shared.database import metadata
from shared.events import CATALOGUE, Event
from shared.obligation_kinds import HOMEWARD as HOMEWARD
from shared.obligation_kinds import Kind
from shared.paging import Page
from shared.refusal import not_found
from shared.watch import Looking, WakePlan
from shared.work import Work

WITHOUT_PROTOCOL = timedelta(minutes=10)
"""How soon a rule is tried again whose protocol could not be read: its file comes back when a person puts it there."""

table = Table(
    "obligation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("program_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("deadline", DateTime(timezone=True), nullable=False),
    Column("wake_at", DateTime(timezone=True), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", Text),
    Column("closure", Text),
    Column("data", JSONB, nullable=False),
)


_found = select(table).where(table.c.id == bindparam("id"))
_opened_once = upsert(table).on_conflict_do_nothing()
_nearest = text(
    """
    select id, kind, wake_at from obligation
    where site = :site and closed_at is null and id <> all(cast(:without as uuid[])) order by wake_at limit :limit
    """
)


@dataclass(frozen=True)
class Obligation:
    """One obligation as it stands. `wake_at` is when its watch acts next; `deadline` is when it is overdue."""

    id: UUID
    site: str
    program_id: UUID | None
    kind: str
    item: str
    owner: str
    stage: str
    opened_at: datetime
    deadline: datetime
    wake_at: datetime
    revision: int
    closed_at: datetime | None
    closed_by: str | None
    closure: str | None
    data: Mapping[str, Any] = field(default_factory=dict)


def _read(row: RowMapping) -> Obligation:
    return Obligation(**{name: row[name] for name in Obligation.__dataclass_fields__})


Rule = Callable[[Work, Obligation], Awaitable[None]]


class Obligations:
    """One service's obligations. Each change that a person should know of is told as an event."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def open(
        self,
        work: Work,
        *,
        site: str,
        kind: Kind,
        item: str,
        owner: str,
        deadline: datetime,
        program_id: UUID | None = None,
        wake_at: datetime | None = None,
        stage: str = "open",
        data: Mapping[str, Any] | None = None,
    ) -> bool:
        """Open an obligation, once per (kind, item, program): False when it was there already.

        `wake_at` defaults to the deadline; the watch calls the kind's rule then.
        """
        id = uuid7()
        row = {
            "id": id,
            "site": site,
            "program_id": program_id,
            "kind": kind,
            "item": item,
            "owner": owner,
            "stage": stage,
            "opened_at": work.now,
            "deadline": deadline,
            "wake_at": wake_at or deadline,
            "revision": 1,
            "changed_at": work.now,
            "data": dict(data or {}),
        }
        opened = await work.connection.execute(_opened_once, row)
        if not opened.rowcount:
            return False
        await self._nudge(work, id, site, WakePlan(1, wake_at or deadline))
        told = {"obligation_id": id, "program_id": program_id, "kind": kind, "item": item}
        await self._tell(work, "opened", site, owner, told | {"owner": owner, "deadline": deadline, "stage": stage})
        return True

    async def get(self, work: Work, id: UUID) -> Obligation:
        """Return the obligation, locked; refused as not found when the caller may not see it."""
        rows = await work.lock(_found, {"id": id})
        if not rows:
            raise not_found("task", id)
        return _read(rows[0])

    async def find(self, work: Work, kind: Kind, item: str, program_id: UUID | None = None) -> Obligation | None:
        """Return the open obligation of this kind for this item and program, locked; None when there is none."""
        same_program = table.c.program_id.is_(None) if program_id is None else table.c.program_id == program_id
        same = and_(table.c.kind == kind, table.c.item == item, same_program, table.c.closed_at.is_(None))
        rows = await work.lock(select(table).where(same))
        return _read(rows[0]) if rows else None

    async def all_open(
        self,
        work: Work,
        *,
        owner: str | None = None,
        program_id: UUID | None = None,
        kind: str | None = None,
        lock: bool = False,
        page: Page | None = None,
    ) -> list[Obligation]:
        """Return open obligations that people owe, nearest deadline first; `lock` those that are about to be closed."""
        query = select(table).where(and_(table.c.closed_at.is_(None), table.c.owner != HOMEWARD))
        if owner:
            query = query.where(table.c.owner == owner)
        if program_id:
            query = query.where(table.c.program_id == program_id)
        if kind:
            query = query.where(table.c.kind == kind)
        by_deadline = (table.c.deadline, table.c.id)
        query = page.within(query, *by_deadline) if page else query.order_by(*by_deadline)
        rows = await work.lock(query) if lock else (await work.connection.execute(query)).mappings().all()
        return [_read(row) for row in rows]

    async def move(
        self,
        work: Work,
        obligation: Obligation,
        *,
        wake_at: datetime,
        stage: str | None = None,
        owner: str | None = None,
        deadline: datetime | None = None,
        data: Mapping[str, Any] | None = None,
        tell: bool = True,
    ) -> None:
        """Set when the watch acts next; a new stage or owner is told as an escalation, unless it is mere routine."""
        stage, owner = stage or obligation.stage, owner or obligation.owner
        deadline = deadline or obligation.deadline
        await self._change(
            work,
            obligation,
            wake_at=wake_at,
            stage=stage,
            owner=owner,
            deadline=deadline,
            data=dict(obligation.data) | dict(data or {}),
        )
        if tell and (stage, owner) != (obligation.stage, obligation.owner):
            told = self._about(obligation) | {"stage": stage, "owner": owner, "deadline": deadline}
            await self._tell(work, "escalated", obligation.site, owner, told)

    async def close(self, work: Work, obligation: Obligation, *, closure: str, closed_by: str) -> None:
        """End an obligation; `closure` is how, `closed_by` the person's opaque id or the rule that did it."""
        await self._change(work, obligation, closed_at=work.now, closed_by=closed_by, closure=closure)
        told = self._about(obligation) | {"owner": obligation.owner, "closure": closure, "closed_by": closed_by}
        await self._tell(work, "closed", obligation.site, obligation.owner, told)

    async def reopen(
        self, work: Work, obligation: Obligation, *, deadline: datetime, wake_at: datetime | None = None
    ) -> None:
        """Owe again what was closed by mistake, in the stage that it was in: told as opened once more."""
        ended = dict.fromkeys(("closed_at", "closed_by", "closure"))
        await self._change(work, obligation, **ended, deadline=deadline, wake_at=wake_at or deadline)
        told = {"owner": obligation.owner, "deadline": deadline, "stage": obligation.stage}
        await self._tell(work, "opened", obligation.site, obligation.owner, self._about(obligation) | told)

    async def closed_as(
        self, work: Work, closure: str, *, program_id: UUID, kind: Kind | None = None
    ) -> list[Obligation]:
        """Return what of a program was closed in this way, locked."""
        same = and_(table.c.program_id == program_id, table.c.closure == closure)
        query = select(table).where(same, table.c.kind == kind) if kind else select(table).where(same)
        return [_read(row) for row in await work.lock(query.order_by(table.c.id))]

    def record_action(self, work: Work, stands: Obligation) -> None:
        """Put into the audit trail what the rule of an obligation did when its moment had come."""
        about = {"obligation_id": stands.id, "program_id": stands.program_id, "item": stands.item}
        action = Entry(
            site=stands.site,
            at=work.now,
            actor=f"rule:{stands.kind}",
            role=HOMEWARD,
            action=f"close as {stands.closure}" if stands.closure else f"move to {stands.stage}",
            inputs="",
            subjects=opaque(about) | work.trace.subjects | {"revision": str(stands.revision)},
            protocols=work.trace.protocols,
        )
        work.audit(action)

    async def _change(self, work: Work, obligation: Obligation, **values: Any) -> None:
        changed = await work.connection.execute(
            update(table)
            .where(table.c.id == obligation.id)
            .values(revision=obligation.revision + 1, changed_at=work.now, **values)
            .returning(table.c.revision, table.c.wake_at, table.c.closed_at)
        )
        work.trace.sites.add(obligation.site)
        row = changed.one()
        if row.closed_at is None and (obligation.closed_at or row.wake_at < obligation.wake_at):
            await self._nudge(work, obligation.id, obligation.site, WakePlan(row.revision, row.wake_at))

    async def _nudge(self, work: Work, id: UUID, site: str, plan: WakePlan) -> None:
        """Owe the watch a moment that it may not know; one that is put off or not to come needs no telling."""
        await work.nudge(nudge.OBLIGATION, nudge.owed_for(self._service, id), site=site, plan=plan)

    async def settle(self, work: Work, id: UUID) -> None:
        """Note that the watch is just being told how this obligation stands."""
        await work.settle(nudge.owed_for(self._service, id))

    async def due(self, work: Work, looking: Looking) -> tuple[dict[UUID, str], datetime | None]:
        """Return what of a site is due, with its kind, and the earliest moment of the rest.

        One statement: the watch relies on both being of one snapshot.
        """
        values = {"site": looking.site, "without": looking.without, "limit": looking.at_most + 1}
        rows = (await work.connection.execute(_nearest, values)).all()
        due = {row.id: row.kind for row in rows[: looking.at_most] if row.wake_at <= work.now}
        return due, rows[len(due)].wake_at if len(due) < len(rows) else None

    @staticmethod
    def _about(obligation: Obligation) -> dict[str, Any]:
        return {
            "obligation_id": obligation.id,
            "program_id": obligation.program_id,
            "kind": obligation.kind,
            "item": obligation.item,
        }

    async def _tell(self, work: Work, fact: str, site: str, owner: str, told: Mapping[str, Any]) -> None:
        if owner == HOMEWARD:
            return
        event: type[Event] = CATALOGUE[f"homeward.{self._service}.obligation.{fact}.v1"]
        await work.emit(event.model_validate(told), site=site)
