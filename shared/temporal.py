"""How a service reaches Temporal: payloads encrypted, workflows sandboxed with our own packages passed through."""

import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client
from temporalio.common import (
    VersioningBehavior,
    WorkerDeploymentVersion,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from shared.cipher import Cipher

ACTIVITIES_AT_ONCE = 20
"""Twice the connections of a service's database pool: activities live from transactions of milliseconds."""
ENCODING = b"binary/encrypted"
OPEN_RUNS = "CloseTime IS NULL"
OPEN = (
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED,
)
STUCK = 3
"""Attempts at one workflow task: a worker that dies in the midst of one, and another, make two."""
_PASSED_THROUGH = ("services", "shared", "pydantic", "sqlalchemy", "uuid_utils", "yaml", "tzdata", "cryptography")


class EncryptionCodec(PayloadCodec):
    """AES-256-GCM over each payload; the server and its store never see what is inside."""

    def __init__(self, key: str) -> None:
        self._cipher = Cipher(key)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        return Payload(metadata={"encoding": ENCODING}, data=self._cipher.encrypt(payload.SerializeToString()))

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        return Payload.FromString(self._cipher.decrypt(payload.data))


def data_converter(codec_key: str) -> DataConverter:
    """Pydantic values, encrypted; failure texts too."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=EncryptionCodec(codec_key),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(address: str, namespace: str, codec_key: str, *, lazy: bool = False) -> Client:
    """Return a client of the Temporal server; a lazy one connects at its first call."""
    return await Client.connect(address, namespace=namespace, data_converter=data_converter(codec_key), lazy=lazy)


async def open_runs(client: Client, query: str = OPEN_RUNS) -> AsyncIterator[WorkflowExecution]:
    """List the runs that the query names, by default all that are open, the paused ones among them.

    The server's own answer is read: the SDK knows no paused status, and fails on the first one.
    """
    page = ListWorkflowExecutionsRequest(namespace=client.namespace, query=query, page_size=1000)
    while True:
        answer = await client.workflow_service.list_workflow_executions(page)
        for run in answer.executions:
            yield run.execution
        if not answer.next_page_token:
            return
        page.next_page_token = answer.next_page_token


async def is_open(client: Client, workflow_id: str) -> bool:
    """Return whether the workflow's newest run goes on, or is paused and may go on."""
    described = await _describe(client, workflow_id)
    return described is not None and described.workflow_execution_info.status in OPEN


async def is_stuck(client: Client, workflow_id: str) -> bool:
    """Return whether the workflow's worker fails again and again to go on with it: its code is another than it was.

    Not of one that is signalled all the time: each signal makes the server count from one again
    (findings/temporal-signal-resets-task-attempts.sh).
    """
    described = await _describe(client, workflow_id)
    return described is not None and described.pending_workflow_task.attempt >= STUCK


async def _describe(client: Client, workflow_id: str) -> DescribeWorkflowExecutionResponse | None:
    execution = WorkflowExecution(workflow_id=workflow_id)
    request = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
    try:
        return await client.workflow_service.describe_workflow_execution(request)
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None
        raise


async def start_anew(client: Client, workflow: str, begins_with: object, *, id: str, task_queue: str) -> None:
    """End the workflow of this id, if it is open, and start another in the same step: its rows say all that it knew."""
    await client.start_workflow(
        workflow,
        begins_with,
        id=id,
        task_queue=task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
    )


def sandbox() -> SandboxedWorkflowRunner:
    """Runs workflows apart from each other; our own packages are imported once for all of them."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*_PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def worker(
    client: Client,
    task_queue: str,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    version: WorkerDeploymentVersion | None = None,
    cached: int = 5000,
    at_once: int = ACTIVITIES_AT_ONCE,
) -> Worker:
    """Return a service's worker on its own task queue.

    With a version every run is pinned to it, and work comes only once the version has the place
    (shared/worker_versions.py).
    Temporal's test server knows no versions.
    """
    pinned = WorkerDeploymentConfig(version, True, VersioningBehavior.PINNED) if version else None
    return Worker(
        client,
        task_queue=task_queue,
        workflows=workflows,
        activities=activities,
        workflow_runner=sandbox(),
        max_cached_workflows=cached,
        max_concurrent_activities=at_once,
        deployment_config=pinned,
    )
