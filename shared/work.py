"""One unit of work: a transaction that sees some sites, at one instant."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import database, nudge, outbox
from shared.audit import trail
from shared.audit.entry import Entry
from shared.clock import Clock
from shared.events import Event
from shared.nudge import Nudge
from shared.outbox import Emitted
from shared.protocol.library import Consulted, ProtocolLibrary
from shared.sites import Site
from shared.watch import WakePlan

_queue = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass
class Trace:
    """What a unit of work was about, for the audit trail: sites and programs that it told of, protocols it asked."""

    consulted: Consulted
    sites: set[str] = field(default_factory=set)
    programs: set[str] = field(default_factory=set)

    @property
    def protocols(self) -> tuple[str, ...]:
        return self.consulted.pins

    @property
    def subjects(self) -> dict[str, Any]:
        """Name one program, or several: they are the group that a session is of."""
        if len(self.programs) == 1:
            return {"program_id": next(iter(self.programs))}
        return {"programs": sorted(self.programs)} if self.programs else {}

    def note(self, event: Event, site: str) -> None:
        self.sites.add(site)
        program_id = getattr(event, "program_id", None)
        if program_id is not None:
            self.programs.add(str(program_id))


@dataclass
class Work:
    """What every change needs: the open transaction, the instant, the protocols, the sites' facts.

    `now` is the instant at which the newest lock was given, or at which the transaction began while there is none.
    What the change tells of (events, nudges, rows of the audit trail) is collected, and written just before the commit.
    """

    service: str
    connection: AsyncConnection
    clock: Clock
    now: datetime
    protocols: ProtocolLibrary
    sites: dict[str, Site]
    trace: Trace
    consequences: "Mapping[str, Consequences]" = field(default_factory=dict)
    held: dict[UUID, Any] = field(default_factory=dict)
    """What a service's storage has locked, by id, with the changes that it has not written yet."""
    _writers: "list[Write]" = field(default_factory=list)
    _undrawn: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Workflow and site of each changed row whose consequences are not drawn yet, by workflow id."""
    _emitted: list[Emitted] = field(default_factory=list)
    _nudges: dict[str, Nudge] = field(default_factory=dict)
    _entries: list[Entry] = field(default_factory=list)

    async def lock(
        self,
        query: Select[Any],
        parameters: Mapping[str, Any] | None = None,
        *,
        nowait: bool = False,
        skip_locked: bool = False,
    ) -> Sequence[RowMapping]:
        """Lock the rows that a query finds until the transaction ends, then read the clock again; return the rows.

        Whoever waits for a lock acts when it is given, not when they began to wait: what was committed meanwhile is
        earlier than what they do. Nothing else locks rows, so that no order can rest on a clock read before it.
        """
        locking = query.with_for_update(key_share=True, nowait=nowait, skip_locked=skip_locked)
        rows: Sequence[RowMapping] = (await self.connection.execute(locking, parameters)).mappings().all()
        self.now = max(self.now, await self.clock.now())
        return rows

    async def queue(self, name: str) -> None:
        """Wait for whoever else queues under this name until their transaction ends, then read the clock again.

        For what has no row to lock yet: two that would begin the same thing begin it one after the other.
        """
        await self.connection.execute(_queue, {"name": name})
        self.now = max(self.now, await self.clock.now())

    async def emit(self, event: Event, *, site: str) -> UUID:
        """Tell of this change when, and only when, it is committed."""
        self.trace.note(event, site)
        emitted = Emitted(event, site, self.now)
        self._emitted.append(emitted)
        return emitted.id

    async def nudge(self, workflow: str, workflow_id: str, *, site: str, plan: WakePlan) -> None:
        """Tell (or start) the workflow that watches the changed row how it stands, once this change is committed.

        Where the service draws the consequences itself (`consequences`), it does so before the commit, and the workflow
        is told only what it cannot know: a new moment, or what needs a transaction of its own.
        """
        self.trace.sites.add(site)
        if workflow in self.consequences:
            self._undrawn[workflow_id] = (workflow, site)
        else:
            self._owe(Nudge(workflow, workflow_id, site, plan))

    def _owe(self, nudge: Nudge) -> None:
        known = self._nudges.get(nudge.workflow_id)
        if known is None or known.plan.revision < nudge.plan.revision:
            self._nudges[nudge.workflow_id] = nudge

    async def settle(self, workflow_id: str) -> None:
        """Owe the watching workflow no nudge: it is just being told of everything that this transaction sees.

        The nudge is locked earlier than `complete` does it, which the watched row's own lock makes safe.
        """
        self._nudges.pop(workflow_id, None)
        await nudge.settle(self.connection, workflow_id)

    def write_before_commit(self, write: "Write") -> None:
        """Let a service's storage write what it holds once all consequences are drawn."""
        if write not in self._writers:
            self._writers.append(write)

    def audit(self, entry: Entry) -> None:
        """Keep this row of the audit trail with the change."""
        self._entries.append(entry)

    async def draw_consequences(self, *, of: str | None = None) -> None:
        """Draw what follows from every row that this transaction changed: once each, when all changes are made.

        `of` is the workflow of the only row to draw for, where what comes next must see what came before.
        """
        wanted = {of} if of else self._undrawn.keys()
        while undrawn := self._undrawn.keys() & wanted:
            workflow_id = min(undrawn)
            workflow, site = self._undrawn.pop(workflow_id)
            if plan := await self.consequences[workflow](self, UUID(workflow_id[-36:])):
                self._owe(Nudge(workflow, workflow_id, site, plan))

    async def complete(self) -> None:
        """Draw the consequences and write what was collected: the last thing before the commit.

        The locks that this takes are the transaction's last, and always in this order: aggregates' sequences, nudges,
        heads of the audit trail. So nobody who holds one of them waits for another row.
        """
        await self.draw_consequences()
        for write in self._writers:
            await write(self)
        await outbox.write(self.connection, self._emitted)
        await nudge.owe(self.connection, self._nudges.values())
        await trail.append(self.connection, self.service, self._entries)


Write = Callable[[Work], Awaitable[None]]
Consequences = Callable[[Work, UUID], Awaitable[WakePlan | None]]
"""Draws what follows from a changed row that the transaction has locked; returns what its workflow must be told."""
OpenWork = Callable[[Iterable[str]], AbstractAsyncContextManager[Work]]


def opener(
    service: str,
    engine: AsyncEngine,
    clock: Clock,
    protocols: ProtocolLibrary,
    sites: dict[str, Site],
    consequences: Mapping[str, Consequences] | None = None,
) -> OpenWork:
    """Return how a running service opens its units of work: `async with open_work(sites) as work`."""

    @asynccontextmanager
    async def open_work(seen: Iterable[str]) -> AsyncIterator[Work]:
        now = await clock.now()
        consulted = Consulted(protocols)
        async with database.transaction(engine, seen) as connection:
            work = Work(service, connection, clock, now, consulted, sites, Trace(consulted), consequences or {})
            yield work
            await work.complete()

    return open_work
