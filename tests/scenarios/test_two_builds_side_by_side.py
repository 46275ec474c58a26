"""An old and a new build of the workflows on the real Temporal server, side by side: nobody stays behind."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.worker import Worker

from cli.replay import verdicts
from embedded.temporal import DevServer
from services.scheduler.workflows import CohortProgram, ParticipantProgram
from shared import temporal
from shared.clock import RealClock
from shared.watch import OBLIGATIONS, ObligationsWatch, SiteWatched, Watched, Watching
from shared.worker_versions import GONE_SECONDS, Builds, deployment_of, describe, pinned_to, version_of
from tests.lib.servers import running, temporary_folder
from tests.workflows.changed import HastyWatch, LateProgram, OneObligation
from tests.workflows.ground import KEY, QUEUE, SECONDS, SITE, WORKFLOWS, Ground, Rows, SiteWatch, Watch

OLD, NEW = WORKFLOWS, [LateProgram, CohortProgram, ObligationsWatch]
PROGRAM = "ParticipantProgram"
SOON = 1.5 / 86_400
"""Days: a second and a half."""


@dataclass
class Side:
    """A worker of a build, and who looks after the build's place."""

    builds: Builds
    worker: Worker
    work: asyncio.Task[None]

    async def look(self) -> bool:
        return await self.builds.look()

    async def end(self) -> None:
        if not self.work.done():
            await self.worker.shutdown()
            await self.work


@dataclass
class SystemUnderTest:
    """One Temporal server, the rows that a service keeps, and a clock for who is gone that a test can put forward."""

    client: Client
    ground: Ground
    ahead: float = 0.0
    sides: list[Side] = field(default_factory=list)

    def clock(self) -> float:
        return time.monotonic() + self.ahead

    @asynccontextmanager
    async def before_there_were_builds(self) -> AsyncIterator[None]:
        async with temporal.worker(self.client, QUEUE, OLD, self.ground.rows.steps):
            yield

    async def begin(self, name: str, workflows: Sequence[type]) -> Side:
        """Returns when the server knows the build, and its first look is done."""
        version = version_of(QUEUE, workflows, name)
        worker = temporal.worker(self.client, QUEUE, workflows, self.ground.rows.steps, version)
        side = Side(Builds(self.client, QUEUE, version, now=self.clock), worker, asyncio.create_task(worker.run()))
        self.sides.append(side)
        await until(side.look)
        return side

    def later(self) -> None:
        """Whoever did not ask for work since is gone."""
        self.ahead += GONE_SECONDS

    async def holder(self) -> str:
        described = await describe(self.client, deployment_of(QUEUE))
        assert described
        return described.worker_deployment_info.routing_config.current_deployment_version.build_id

    async def counts(self, build: str, runs: int) -> bool:
        """Whether so many open runs are pinned to a build."""
        counted = await self.client.count_workflows(pinned_to(version_of(QUEUE, WORKFLOWS, build)))
        return counted.count == runs

    async def lists(self, runs: int) -> bool:
        return (await self.client.count_workflows(temporal.OPEN_RUNS)).count == runs

    async def verdicts(self, workflows: Sequence[type]) -> dict[str, str | None]:
        """Why each open run would break under these workflows, by its id."""
        return {verdict.workflow_id: verdict.why async for verdict in verdicts(self.client, workflows)}


async def until(so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await so():  # noqa: ASYNC110 (the server tells nobody when it knows a build, or a list is current)
            await asyncio.sleep(0.1)


async def builds_in(watch: Watch | SiteWatch) -> set[str]:
    """Who worked on the newest run."""
    return builds_of(await watch.history())


async def goes_on_with(site: SiteWatch, build: str) -> bool:
    """Wake the watch, and return who works on it; who has the place is known to all of the server only soon after."""
    await site.tell()
    await site.rested()
    return builds_of(await site.history(), last=1) == {build}


def builds_of(history: WorkflowHistory, last: int = 0) -> set[str]:
    """Who worked on a run, or on its last steps."""
    done = [
        event.workflow_task_completed_event_attributes
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    return {task.deployment_version.build_id for task in done[-last:] if task.HasField("deployment_version")}


@pytest.fixture
async def system() -> AsyncIterator[SystemUnderTest]:
    async with temporary_folder() as folder:
        server = DevServer(folder, durable=False)
        async with running(server):
            client = await temporal.connect(server.address, server.namespace, KEY)
            system = SystemUnderTest(client, Ground(client, RealClock(), Rows()))
            yield system
            await asyncio.gather(*(side.end() for side in system.sides))


async def test_a_program_goes_on_where_it_began_and_changes_builds_at_its_next_phase(system: SystemUnderTest) -> None:
    old = await system.begin("old", OLD)
    program = await system.ground.watch(PROGRAM, phase="preparation", wake_at=await system.ground.ahead(SOON))
    await program.settled()
    new = await system.begin("new", NEW)
    await old.look()
    assert await system.holder() == "new"

    fresh = await system.ground.watch(PROGRAM, phase="preparation")
    await fresh.settled()
    assert await builds_in(fresh) == {"new"}

    await system.ground.rows.until(program.id, lambda row: row.wake_at is None)
    await program.change()
    await program.settled()
    await new.look()
    assert await builds_in(program) == {"old"}

    await program.change(phase="dosing")
    await program.settled()
    assert await builds_in(program) == {"new"}
    assert [row.open for row in (program.row, fresh.row)] == [True, True]


async def test_nobody_is_left_behind_by_a_build_that_is_gone(system: SystemUnderTest) -> None:
    old = await system.begin("old", OLD)
    program = await system.ground.watch(PROGRAM, phase="preparation", wake_at=await system.ground.ahead(days=30))
    await program.settled()
    new = await system.begin("new", NEW)
    await until(lambda: system.counts("old", 1))
    await old.end()
    await program.change()
    await new.look()
    assert await system.counts("old", 1)

    system.later()
    await new.look()
    await program.settled()
    await until(lambda: system.counts("old", 0))
    assert await builds_in(program) == {"new"}
    assert program.row.acted_on[-1] == program.row.revision


async def test_a_replaced_build_takes_the_place_back_only_when_the_newer_one_is_gone(system: SystemUnderTest) -> None:
    old = await system.begin("old", OLD)
    new = await system.begin("new", NEW)
    await old.end()
    again = await system.begin("old", OLD)
    assert await system.holder() == "new"
    program = await system.ground.watch(PROGRAM, phase="preparation", wake_at=await system.ground.ahead(days=30))
    await program.settled()
    await new.end()
    await again.look()
    assert await system.holder() == "new"
    system.later()
    await again.look()
    assert await system.holder() == "old"
    await until(lambda: system.counts("new", 1))
    await again.look()
    await program.settled()
    await until(lambda: system.counts("new", 0))
    assert await builds_in(program) == {"old"}


async def test_obligations_go_over_to_the_build_that_has_the_place_and_back(system: SystemUnderTest) -> None:
    """Nobody waits until the other one is gone: a rule that is new, or mended, is at work at once."""
    old = await system.begin("old", OLD)
    site = SiteWatch(system.ground)
    far = await site.open(await system.ground.ahead(days=30))
    await site.rested()
    assert await builds_in(site) == {"old"}
    new = await system.begin("new", NEW)
    await until(lambda: goes_on_with(site, "new"))
    await site.acted(await site.open(await system.ground.ahead(SOON)))
    await site.rested()
    assert builds_of(await site.history(), last=2) == {"new"}

    await new.end()
    await old.look()
    system.later()
    await old.look()
    assert await system.holder() == "old"
    await until(lambda: goes_on_with(site, "old"))
    await site.acted(await site.open(await system.ground.ahead(SOON)))
    await site.rested()
    assert builds_of(await site.history(), last=2) == {"old"}
    assert site.row(far).acted_on == ()


async def test_a_watch_that_a_build_cannot_go_on_with_is_started_anew_and_loses_nothing(
    system: SystemUnderTest,
) -> None:
    await system.begin("old", OLD)
    site = SiteWatch(system.ground)
    far = await site.open(moment := await system.ground.ahead(days=30))
    await site.rested()
    assert not await temporal.is_stuck(system.client, site.workflow_id)
    await system.begin("hasty", [*OLD[:2], HastyWatch])

    async def has_failed() -> bool:
        """Each telling has the server count the attempts anew, so there must be none once it fails."""
        failed = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        if any(event.event_type == failed for event in (await site.history()).events):
            return True
        await site.tell()
        return False

    await until(has_failed)
    await until(lambda: temporal.is_stuck(system.client, site.workflow_id))
    due = await site.open(await system.ground.time.now())
    begins_with = SiteWatched(site.site)
    await temporal.start_anew(system.client, OBLIGATIONS, begins_with, id=site.workflow_id, task_queue=QUEUE)
    await site.acted(due)
    await site.rested()
    assert await builds_in(site) == {"hasty"}
    assert await site.watching() == Watching(moment, acting=0)
    assert site.row(far).acted_on == ()


async def test_the_workflow_that_each_obligation_had_is_ended_by_the_build_that_has_the_place(
    system: SystemUnderTest,
) -> None:
    old = await system.begin("old", [*OLD[:2], OneObligation])
    watched = Watched(uuid4(), SITE, 1)
    retired = await system.client.start_workflow("Obligation", watched, id="one", task_queue=QUEUE)
    program = await system.ground.watch(PROGRAM, phase="preparation", wake_at=await system.ground.ahead(days=30))
    await program.settled()
    await until(lambda: system.lists(2))
    await old.end()
    new = await system.begin("new", NEW)
    await new.look()
    assert (await retired.describe()).status == WorkflowExecutionStatus.TERMINATED
    assert (await program.handle.describe()).status == WorkflowExecutionStatus.RUNNING


async def test_who_began_before_there_were_builds_goes_on_with_the_first_one(system: SystemUnderTest) -> None:
    async with system.before_there_were_builds():
        program = await system.ground.watch(PROGRAM, phase="preparation", wake_at=await system.ground.ahead(days=30))
        await program.settled()
    await system.begin("first", OLD)
    await program.change()
    await program.settled()
    assert "first" in await builds_in(program)


async def test_replay_names_who_would_break_and_nobody_else(system: SystemUnderTest) -> None:
    side = await system.begin("old", OLD)
    program = await system.ground.watch(PROGRAM, phase="preparation", wake_at=await system.ground.ahead(days=30))
    owed, not_begun = SiteWatch(system.ground), SiteWatch(system.ground)
    await owed.open(await system.ground.ahead(days=30))
    await asyncio.gather(program.settled(), owed.rested())
    await side.end()
    await not_begun.tell()
    await until(lambda: system.lists(3))

    assert await system.verdicts(OLD) == dict.fromkeys(w.workflow_id for w in (program, owed, not_begun))
    under_new = await system.verdicts(NEW)
    assert under_new[owed.workflow_id] is under_new[not_begun.workflow_id] is None
    assert under_new[program.workflow_id] == "event 5 ActivityTaskScheduled: Timer machine does not handle this event"
    without = await system.verdicts([ParticipantProgram])
    assert "Workflow class Obligations is not registered" in str(without[owed.workflow_id])
