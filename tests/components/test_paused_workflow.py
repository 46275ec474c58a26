"""A workflow that an operator paused is there: nobody starts another in its place, and no look fails on it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from temporalio.api.workflowservice.v1 import PauseWorkflowExecutionRequest
from temporalio.client import Client

from embedded.temporal import NAMESPACE, DevServer
from shared import watched_rows
from shared.watched_rows import Needed, Row
from tests.lib import servers

SECONDS = 30


class Pausing(DevServer):
    """The development server pauses only where it is told that it may."""

    def _dynamic_config(self) -> tuple[str, ...]:
        return ("--dynamic-config-value", "frontend.WorkflowPauseEnabled=true")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with servers.temporary_folder() as folder:
        server = Pausing(folder)
        async with servers.running(server):
            yield await Client.connect(server.address)


async def test_a_paused_workflow_counts_as_watching(client: Client) -> None:
    paused, gone = (f"scheduler-program-{uuid4()}" for _ in range(2))
    await client.start_workflow("ParticipantProgram", id=paused, task_queue="scheduler")
    await client.workflow_service.pause_workflow_execution(
        PauseWorkflowExecutionRequest(namespace=NAMESPACE, workflow_id=paused, reason="looked at", request_id=paused)
    )
    rows = [Row(id, id, "ParticipantProgram", "bc", 1, None, behind=False, open=True) for id in (paused, gone)]
    assert await watched_rows.not_watched(client, "scheduler", rows) == {gone}
    async with asyncio.timeout(SECONDS):
        while await watched_rows.lacks(client, "scheduler", Needed(1, frozenset())):  # noqa: ASYNC110 (Temporal's list lags behind)
            await asyncio.sleep(0.05)
    assert await watched_rows.not_watched(client, "scheduler", rows) == {gone}
