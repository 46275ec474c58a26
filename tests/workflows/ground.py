"""What the workflows need to run: a Temporal test server of its own, a worker, and rows that a test plays with."""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from temporalio import activity
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.common import WorkflowIDReusePolicy

from embedded.temporal import TestServer
from rehearsal.virtual_time.watches import Watches
from services.scheduler.steps import ADVANCE_COHORT, ADVANCE_PROGRAM
from services.scheduler.workflows import CohortProgram, ParticipantProgram
from shared import temporal
from shared.clock import RealClock
from shared.watch import (
    OBLIGATIONS,
    Found,
    Looking,
    Moments,
    ObligationsWatch,
    SiteWatched,
    WakePlan,
    Watched,
    Watching,
    watch_of,
)
from tests.lib.servers import running, temporary_folder
from tests.lib.virtual import VirtualTime

KEY = base64.b64encode(bytes(range(32))).decode()
"""Of the tests alone: the stored histories are encrypted with it."""
WORKFLOWS = [ParticipantProgram, CohortProgram, ObligationsWatch]
QUEUE = "scheduler"
SITE = "harbourclinic"
SECONDS = 60.0


@dataclass(frozen=True)
class Row:
    """A watched row as its service would keep it; `acted_on` is each revision at which somebody looked.

    `site` is that of an obligation, of which all are watched together.
    """

    site: str = SITE
    revision: int = 1
    wake_at: datetime | None = None
    open: bool = True
    phase: str | None = None
    acted_on: tuple[int, ...] = ()


@dataclass
class Rows:
    """The rows, and the activities that act on them: a moment that has come is used up, as every rule must.

    `meanwhile` happens in the midst of one; `failures` is how often one fails. `looks` are those at the obligations
    of a site; what is in `after_look` happens once a look has seen its rows and has not answered yet.
    """

    rows: dict[UUID, Row] = field(default_factory=dict)
    meanwhile: dict[UUID, Callable[[], object]] = field(default_factory=dict)
    failures: Counter[UUID] = field(default_factory=Counter)
    asked: list[Watched] = field(default_factory=list)
    looks: list[Looking] = field(default_factory=list)
    after_look: dict[str, Callable[[], object]] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @activity.defn(name=ADVANCE_PROGRAM)
    async def advance_program(self, watched: Watched) -> WakePlan:
        return await self._advance(watched)

    @activity.defn(name=ADVANCE_COHORT)
    async def advance_cohort(self, watched: Watched) -> WakePlan:
        return await self._advance(watched)

    @activity.defn(name="advance_obligation")
    async def advance_obligation(self, watched: Watched) -> WakePlan:
        plan = await self._advance(watched)
        if self.rows[watched.id].wake_at is None:
            await self.change(watched.id, open=False)
            return replace(plan, open=False)
        return plan

    @property
    def steps(self) -> list[Callable[..., object]]:
        return [self.advance_program, self.advance_cohort, self.advance_obligation, self.advance_due_obligations]

    @activity.defn(name="advance_due_obligations")
    async def advance_due_obligations(self, looking: Looking) -> Found:
        """Act on what is due, but for what takes long (`meanwhile`) or fails; answer that, and the next moment."""
        async with self._news:
            self.looks.append(looking)
            self._news.notify_all()
        now = activity.info().started_time
        due = [id for at, id in self._moments(looking)[: looking.at_most] if at <= now]
        left = [id for id in due if self.failures[id] or id in self.meanwhile]
        for id in due:
            if id not in left:
                await self.advance_obligation(Watched(id, looking.site, revision=0))
        moments = self._moments(replace(looking, without=[*looking.without, *left]))
        if act := self.after_look.pop(looking.site, None):
            await act()  # type: ignore[misc]  # a coroutine function of the test
        return Found(left, moments[0][0] if moments else None)

    def _moments(self, looking: Looking) -> list[tuple[datetime, UUID]]:
        rows = {id: row for id, row in self.rows.items() if row.site == looking.site and id not in looking.without}
        return sorted((row.wake_at, id) for id, row in rows.items() if row.open and row.wake_at)

    async def _advance(self, watched: Watched) -> WakePlan:
        self.asked.append(watched)
        if self.failures[watched.id]:
            self.failures[watched.id] -= 1
            raise RuntimeError(f"the row of {SITE} is not at hand")
        row = self.rows[watched.id]
        if act := self.meanwhile.pop(watched.id, None):
            await act()  # type: ignore[misc]  # a coroutine function of the test
        is_due = row.wake_at is not None and row.wake_at <= activity.info().started_time
        row = replace(row, wake_at=None if is_due else row.wake_at)
        acted_on = (*self.rows[watched.id].acted_on, row.revision)
        await self.change(watched.id, acted_on=acted_on, **({"wake_at": None} if is_due else {}))
        return WakePlan(row.revision, row.wake_at, open=row.open, phase=row.phase)

    async def change(self, id: UUID, **values: object) -> Row:
        async with self._news:
            self.rows[id] = replace(self.rows[id], **values)
            self._news.notify_all()
        return self.rows[id]

    async def until(self, id: UUID, so: Callable[[Row], bool]) -> Row:
        """Wait until a row is so."""
        try:
            async with asyncio.timeout(SECONDS), self._news:
                await self._news.wait_for(lambda: so(self.rows[id]))
        except TimeoutError:
            raise AssertionError(f"it stays {self.rows[id]}") from None
        return self.rows[id]

    async def hears(self, so: Callable[[], bool]) -> None:
        """Wait until what was asked of the rows is so."""
        async with asyncio.timeout(SECONDS), self._news:
            await self._news.wait_for(so)

    def asked_about(self, id: UUID) -> list[Watched]:
        return [watched for watched in self.asked if watched.id == id]


@dataclass
class Ground:
    """Starts workflows as the nudger does, and changes the rows that they watch."""

    client: Client
    time: VirtualTime | RealClock
    rows: Rows

    async def watch(self, workflow: str, **row: object) -> "Watch":
        """A new row, nudged for the first time: its workflow starts."""
        watch = Watch(self, workflow, uuid4())
        self.rows.rows[watch.id] = Row(**row)  # type: ignore[arg-type]  # the fields of a row
        await watch.nudge()
        return watch

    async def ahead(self, days: float) -> datetime:
        return await self.time.now() + timedelta(days=days)


@dataclass
class Watch:
    """One workflow and the row that it watches."""

    ground: Ground
    workflow: str
    id: UUID

    @property
    def workflow_id(self) -> str:
        return f"{self.workflow}-{self.id}"

    @property
    def row(self) -> Row:
        return self.ground.rows.rows[self.id]

    @property
    def handle(self) -> WorkflowHandle:
        return self.ground.client.get_workflow_handle(self.workflow_id)

    async def nudge(self, revision: int | None = None, plan: WakePlan | None = None) -> None:
        """Signal the workflow, or start it when it is not there: as the nudger does."""
        revision = revision or self.row.revision
        plan = plan or WakePlan(revision, self.row.wake_at, open=self.row.open)
        await self.ground.client.start_workflow(
            self.workflow,
            Watched(self.id, SITE, revision),
            id=self.workflow_id,
            task_queue=QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="nudge",
            start_signal_args=[plan],
        )

    async def change(self, *, nudge: bool = True, **values: object) -> None:
        """The row has a new revision, and the workflow is told so."""
        await self.ground.rows.change(self.id, revision=self.row.revision + 1, **values)
        if nudge:
            await self.nudge()

    async def acted(self, times: int) -> Row:
        """Wait until somebody looked at the row so often."""
        return await self.ground.rows.until(self.id, lambda row: len(row.acted_on) >= times)

    async def settled(self) -> Row:
        """Wait until the newest revision was acted on and the workflow rests.

        The server says so; a query to a run that is just continuing as new would never be answered.
        """
        await self.ground.rows.until(self.id, lambda row: row.acted_on[-1:] == (row.revision,))
        return await self.rested()

    async def rested(self) -> Row:
        """Wait until the workflow rests."""
        async with asyncio.timeout(SECONDS):
            while await Watches(self.ground.client).restless({self.workflow_id: self.row.revision}):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return self.row

    async def plan(self) -> WakePlan | None:
        return await self.handle.query("resting", result_type=WakePlan | None)

    async def ended(self) -> Row:
        async with asyncio.timeout(SECONDS):
            await self.handle.result()
        return self.row

    async def history(self, run_id: str | None = None) -> WorkflowHistory:
        """The history of a run (the newest), as a worker reads it."""
        return await self.ground.client.get_workflow_handle(self.workflow_id, run_id=run_id).fetch_history()


@dataclass
class SiteWatch:
    """The watch of the obligations of a site that only one test uses."""

    ground: Ground
    site: str = field(default_factory=lambda: f"clinic-{uuid4()}")

    @property
    def workflow_id(self) -> str:
        return watch_of(QUEUE, self.site)

    @property
    def handle(self) -> WorkflowHandle:
        return self.ground.client.get_workflow_handle(self.workflow_id)

    @property
    def looks(self) -> list[Looking]:
        return [looking for looking in self.ground.rows.looks if looking.site == self.site]

    async def looked(self, times: int) -> None:
        """Wait until the watch has looked so often."""
        await self.ground.rows.hears(lambda: len(self.looks) >= times)

    async def open(self, wake_at: datetime, *, tell: bool = True) -> UUID:
        """Open an obligation, and let the watch be told of its moment."""
        id = uuid4()
        self.ground.rows.rows[id] = Row(site=self.site, wake_at=wake_at)
        if tell:
            await self.tell(wake_at)
        return id

    async def change(self, id: UUID, *, tell: bool = False, **values: object) -> None:
        """Put an obligation off, or close it: nobody is told of that unless it wakes earlier (`tell`)."""
        row = await self.ground.rows.change(id, revision=self.row(id).revision + 1, **values)
        if tell:
            await self.tell(row.wake_at)

    async def tell(self, wake_at: datetime | None = None, *due: UUID) -> None:
        """Signal the watch, or start it when it is not there: as the nudger does."""
        await self.ground.client.start_workflow(
            OBLIGATIONS,
            SiteWatched(self.site),
            id=self.workflow_id,
            task_queue=QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="nudge",
            start_signal_args=[Moments(list(due), wake_at)],
        )

    def row(self, id: UUID) -> Row:
        return self.ground.rows.rows[id]

    async def acted(self, id: UUID, times: int = 1) -> Row:
        """Wait until somebody acted on an obligation so often."""
        return await self.ground.rows.until(id, lambda row: len(row.acted_on) >= times)

    async def rested(self) -> None:
        """Wait until the watch waits, or has ended."""
        async with asyncio.timeout(SECONDS):
            while await Watches(self.ground.client).restless({self.workflow_id: object()}):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def watching(self) -> Watching:
        return await self.handle.query("watching", result_type=Watching)

    async def is_idle(self) -> None:
        """Wait until nothing is left to wait for."""
        await self.rested()
        assert await self.watching() == Watching(None, acting=0)

    async def history(self, run_id: str | None = None) -> WorkflowHistory:
        """The history of a run (the newest), as a worker reads it."""
        return await self.ground.client.get_workflow_handle(self.workflow_id, run_id=run_id).fetch_history()


@asynccontextmanager
async def workflow_worker() -> AsyncIterator[Ground]:
    """The real workflows on a real server in virtual time; only what they ask of their service is played."""
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(temporary_folder())
        server = TestServer(folder)
        await stack.enter_async_context(running(server))
        time = await VirtualTime.of(server.address)
        client = await temporal.connect(server.address, server.namespace, KEY)
        rows = Rows()
        await stack.enter_async_context(temporal.worker(client, QUEUE, WORKFLOWS, rows.steps))
        yield Ground(client, time, rows)
