"""Which build of a service runs its workflows: a new one takes the place, nobody stays behind with one that is gone.

The run of a program or a cohort is pinned to the build that it began with, so no build replays what another began. One
whose build is gone is started anew from its row by the build that has the place; docs/decisions/0007 says why that
loses nothing. The watches of obligations go over to the build that has the place (docs/decisions/0028).
"""

import asyncio
import hashlib
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import TaskQueueType, WorkerDeploymentVersionStatus
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client, WorkflowExecution
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode

from shared.temporal import OPEN_RUNS, open_runs, start_anew
from shared.watch import Watched

SOON_SECONDS, BUSY_SECONDS = 0.3, 2.0
GONE_SECONDS = 120.0
"""A worker that lives asks the server for work at least once a minute, even when there is none."""
LOOKS_MEANWHILE = 8
"""So often is looked while a build that does not ask becomes one that is gone: every 15 seconds."""
AT_ONCE = 10
PINNED = 'TemporalWorkflowVersioningBehavior = "Pinned"'
RETIRED = 'WorkflowType = "Obligation"'
"""Workflows that there are no more: each obligation had one of its own."""
DRAINED = WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED
log = structlog.get_logger()


def deployment_of(service: str) -> str:
    """What Temporal calls the sequence of a service's builds."""
    return f"homeward-{service}"


def version_of(service: str, workflows: Iterable[type], build: str | None = None) -> WorkerDeploymentVersion:
    """What Temporal calls a build."""
    return WorkerDeploymentVersion(deployment_of(service), build or build_of(workflows))


def build_of(workflows: Iterable[type]) -> str:
    """A name for these workflows' code: the hash of their modules and of the `steps` that these call.

    Activities are not in it: what they do may change under a run, as long as they are called the same.
    """
    modules = {workflow.__module__ for workflow in workflows}
    steps = {f"{module.rpartition('.')[0]}.steps" for module in modules} & sys.modules.keys()
    digest = hashlib.sha256()
    for module in sorted(modules | steps):
        digest.update(Path(str(sys.modules[module].__file__)).read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Build:
    """A build as the server knows it: had it the place ever, does its worker ask for work, is no run pinned to it."""

    id: str
    has_served: bool
    is_there: bool
    is_drained: bool = False


def takes_the_place(ours: Build, holder: Build | None) -> bool:
    """A build that never served takes the place; one that was replaced takes it back only when the holder is gone."""
    if holder is None:
        return True
    return holder.id != ours.id and not (ours.has_served and holder.is_there)


@dataclass
class Builds:
    """Looks after the place of one service's builds, on behalf of one of them."""

    temporal: Client
    service: str
    ours: WorkerDeploymentVersion
    now: Callable[[], float] = time.monotonic
    gone_after: float = GONE_SECONDS
    _asked: dict[str, tuple[int, float]] = field(default_factory=dict)
    """When each build was last seen to ask for work: the server's time, and ours when we learnt of it."""

    def __post_init__(self) -> None:
        self._since = self.now()

    async def keep(self) -> None:
        """Look again and again, soon while the server does not know this build yet.

        While Temporal was away nobody could ask it for work: then everybody has the whole time again. A server that
        was asked too much was there.
        """
        self._since = self.now()
        while True:
            try:
                pause = self.gone_after / LOOKS_MEANWHILE if await self.look() else SOON_SECONDS
            except RPCError as error:
                if error.status != RPCStatusCode.RESOURCE_EXHAUSTED:
                    raise
                log.info("builds.asked_too_much", build=self.ours.build_id, why=str(error))
                pause = BUSY_SECONDS
            await asyncio.sleep(pause)

    async def look(self) -> bool:
        """Take the place if it is ours to take, and whoever has it starts anew what is left behind.

        False if the server does not know all of our worker yet, which it learns as it is asked for work.
        """
        described = await describe(self.temporal, self.ours.deployment_name)
        builds = await self._builds(described.worker_deployment_info) if described else {}
        ours = builds.get(self.ours.build_id)
        if described is None or ours is None:
            return False
        holder = builds.get(described.worker_deployment_info.routing_config.current_deployment_version.build_id)
        if takes_the_place(ours, holder):
            return await self._take_the_place(described.conflict_token, holder)
        if holder == ours:
            await self._end_retired()
            gone = [build for build in builds.values() if not (build.is_there or build.is_drained)]
            await asyncio.gather(*(self._carry_on(build) for build in gone))
        return True

    async def _builds(self, deployment: WorkerDeploymentInfo) -> dict[str, Build]:
        await self._note_who_asks()
        return {
            (id := known.deployment_version.build_id): Build(
                id=id,
                has_served=known.HasField("last_current_time"),
                is_there=id == self.ours.build_id or self.now() - self._asked_at(id) < self.gone_after,
                is_drained=known.status == DRAINED,
            )
            for known in deployment.version_summaries
        }

    async def _note_who_asks(self) -> None:
        """The server's clock is not ours: a build asks for work as long as what the server says about it changes."""
        request = DescribeTaskQueueRequest(
            namespace=self.temporal.namespace,
            task_queue=TaskQueue(name=self.service),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            report_pollers=True,
        )
        for poller in (await self.temporal.workflow_service.describe_task_queue(request)).pollers:
            build, asked = poller.deployment_options.build_id, poller.last_access_time.ToNanoseconds()
            if asked > self._asked.get(build, (0, 0.0))[0]:
                self._asked[build] = (asked, self.now())

    def _asked_at(self, build: str) -> float:
        """By our clock, and not before we began to look."""
        return max(self._since, self._asked.get(build, (0, self._since))[1])

    async def _take_the_place(self, token: bytes, holder: Build | None) -> bool:
        """With the token of what we saw. Refused if somebody was faster, or one of our queues is not known yet."""
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self.temporal.namespace,
            deployment_name=self.ours.deployment_name,
            build_id=self.ours.build_id,
            conflict_token=token,
            identity=self.temporal.identity,
        )
        try:
            await self.temporal.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as error:
            if error.status != RPCStatusCode.FAILED_PRECONDITION:
                raise
            log.info("builds.place_not_taken", build=self.ours.build_id, why=str(error))
            return False
        log.info("builds.place_taken", build=self.ours.build_id, after=holder and holder.id)
        return True

    async def _end_retired(self) -> None:
        """End what earlier releases began and no worker of ours can go on with: their rows are watched otherwise."""
        retired = f'TaskQueue = "{self.service}" AND {OPEN_RUNS} AND ({RETIRED})'
        runs = [run async for run in open_runs(self.temporal, retired)]
        for run in runs:
            with suppress(RPCError):  # has just ended by itself
                await self.temporal.get_workflow_handle(run.workflow_id, run_id=run.run_id).terminate("retired")
        if runs:
            log.info("builds.retired", runs=len(runs), by=self.ours.build_id)

    async def _carry_on(self, gone: Build) -> None:
        left = self.temporal.list_workflows(pinned_to(WorkerDeploymentVersion(self.ours.deployment_name, gone.id)))
        runs = [run async for run in left]
        places = asyncio.Semaphore(AT_ONCE)

        async def carry_on(run: WorkflowExecution) -> None:
            async with places:
                await self._start_anew(run)

        await asyncio.gather(*map(carry_on, runs))
        if runs:
            log.info("builds.started_anew", runs=len(runs), begun_with=gone.id, by=self.ours.build_id)

    async def _start_anew(self, left: WorkflowExecution) -> None:
        """In one step the old run ends and a new one begins on our build, which has the place; it looks at its row."""
        watched = await self._watched(left)
        await start_anew(self.temporal, left.workflow_type, watched, id=left.id, task_queue=self.service)

    async def _watched(self, run: WorkflowExecution) -> Watched:
        events = self.temporal.get_workflow_handle(run.id, run_id=run.run_id).fetch_history_events(page_size=1)
        started = (await anext(events)).workflow_execution_started_event_attributes
        [watched] = await self.temporal.data_converter.decode(started.input.payloads, [Watched])
        return watched  # type: ignore[no-any-return]  # decoded as the type that was asked for


async def describe(temporal: Client, deployment: str) -> DescribeWorkerDeploymentResponse | None:
    """What the server knows of a service's builds; None while no worker of any has asked it for work."""
    request = DescribeWorkerDeploymentRequest(namespace=temporal.namespace, deployment_name=deployment)
    try:
        return await temporal.workflow_service.describe_worker_deployment(request)
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None
        raise


def pinned_to(version: WorkerDeploymentVersion) -> str:
    """The query for the open runs that are pinned to a build."""
    build = f"{version.deployment_name}:{version.build_id}"
    return f'TemporalWorkerDeploymentVersion = "{build}" AND ExecutionStatus = "Running" AND {PINNED}'
