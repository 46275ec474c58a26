"""`./homeward replay`: would every open run of a running Homeward go on under the workflows of this checkout?"""

import asyncio
import dataclasses
import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DefaultFailureConverter
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import Replayer

from cli.running import DATA, Data
from cli.temporal_client import Address, CodecKey, Namespace, temporal_client
from shared import temporal
from shared.events import SERVICES

app = typer.Typer(add_completion=False)
FETCHED_AHEAD = 10


@dataclass(frozen=True)
class Verdict:
    """What replaying one open run came to; `why` is None for a run that would go on."""

    workflow_id: str
    kind: str
    service: str
    why: str | None = None

    def __str__(self) -> str:
        return f"{self.workflow_id}  {self.kind} of {self.service}  {self.why or 'goes on'}"


@app.command()
def replay(
    data: Data = DATA, address: Address = None, namespace: Namespace = "default", codec_key: CodecKey = None
) -> None:
    """Replay the open runs of a running Homeward against this checkout, and name each that would break.

    It only reads. The exit status is 1 if any would break.
    """
    if asyncio.run(_replay(data, address, namespace, codec_key)):
        raise typer.Exit(1)


async def _replay(data: Path, address: str | None, namespace: str, codec_key: Path | None) -> int:
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)  # what breaks is said below, in one line
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    replayed = broken = 0
    async with temporal_client(data, address, namespace, codec_key) as client:
        total = (await client.count_workflows(temporal.OPEN_RUNS)).count
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("replaying", total=total)
            async for verdict in verdicts(client, workflows()):
                replayed += 1
                progress.update(task, completed=replayed, total=max(total, replayed))
                if verdict.why:
                    broken += 1
                    typer.echo(str(verdict))
    typer.echo(f"replayed {replayed}, {broken} would break")
    return broken


def workflows() -> set[type]:
    """Every workflow of this checkout."""
    services = [import_module(f"services.{name}.main").SERVICE for name in SERVICES]
    return {workflow for service in services for workflow in service.all_workflows}


async def verdicts(client: Client, workflows: Collection[type]) -> AsyncIterator[Verdict]:
    """A verdict on each open run, while the next histories are being fetched."""
    not_begun: list[WorkflowHistory] = []

    async def begun() -> AsyncIterator[WorkflowHistory]:
        """No worker did anything yet in the others that could differ, and the replayer would wait for it forever."""
        async for history in _histories(client):
            if any(event.HasField("workflow_task_completed_event_attributes") for event in history.events):
                yield history
            else:
                not_begun.append(history)

    async with _replayer(client, workflows).workflow_replay_iterator(begun()) as results:
        async for result in results:
            yield _verdict(result.history, _reason(result.replay_failure) if result.replay_failure else None)
    for history in not_begun:
        yield _verdict(history, None)


async def _histories(client: Client) -> AsyncIterator[WorkflowHistory]:
    ahead: deque[asyncio.Task[WorkflowHistory]] = deque()
    async for run in temporal.open_runs(client):
        ahead.append(asyncio.create_task(_history(client, run)))
        if len(ahead) == FETCHED_AHEAD:
            yield await ahead.popleft()
    while ahead:
        yield await ahead.popleft()


async def _history(client: Client, run: WorkflowExecution) -> WorkflowHistory:
    return await client.get_workflow_handle(run.workflow_id, run_id=run.run_id).fetch_history()


def _replayer(client: Client, workflows: Collection[type]) -> Replayer:
    """Failures are told in plain words here, instead of encrypted as a worker tells them to the server."""
    converter = dataclasses.replace(client.data_converter, failure_converter_class=DefaultFailureConverter)
    return Replayer(
        workflows=list(workflows),
        data_converter=converter,
        workflow_runner=temporal.sandbox(),
        runtime=Runtime(telemetry=TelemetryConfig(logging=None)),
    )


def _verdict(history: WorkflowHistory, why: str | None) -> Verdict:
    started = history.events[0].workflow_execution_started_event_attributes
    return Verdict(history.workflow_id, started.workflow_type.name, started.task_queue.name, why)


def _reason(failure: Exception) -> str:
    """The event and the reason, out of the long text of the worker's core."""
    said = str(failure)
    message = re.search(r'message: "((?:[^"\\]|\\.)*)"', said)
    words = re.sub(r"^\[\w+\] (Nondeterminism error: )?", "", message[1] if message else said)
    if event := re.search(r"(?:: |for event )HistoryEvent\(id: (\d+), (\w+)\)", words):
        return f"event {event[1]} {event[2]}: {words.replace(event[0], '')}"
    kind = re.search(r'r#type: "(\w+)"', said)
    return f"{kind[1]}: {words}" if kind else words.splitlines()[0]
