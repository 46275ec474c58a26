"""Forks services from a process that has imported what they share: the imports are done once, not five times."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.parent_death import die_with_parent


class Child:
    """A process that the fork server spawned, as `asyncio.subprocess.Process` would show it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    async def wait(self) -> int | None:
        await self._ended.wait()
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def ended(self, status: int) -> None:
        self.returncode = status
        self._ended.set()


class ForkServer:
    """One process, started with `env` at the first `spawn`; its children end with it."""

    def __init__(self, log: Path, env: Mapping[str, str]) -> None:
        self._log, self._env = log, dict(env)
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._awaited: deque[asyncio.Future[Child]] = deque()
        self._children: dict[int, Child] = {}
        self._starting = asyncio.Lock()

    async def start(self) -> asyncio.StreamWriter:
        """Where it takes orders. Its imports go on in the background; whoever asks for a child waits for them."""
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                self._process = await self._begin()
                self._listening = asyncio.create_task(self._listen(self._process))
        assert self._process.stdin
        return self._process.stdin

    async def _begin(self) -> asyncio.subprocess.Process:
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "embedded.fork_server"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                env={**os.environ, **self._env},
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    async def stop(self) -> None:
        """It ends when nobody can give it orders any more."""
        if self._process is not None and self._listening is not None:
            assert self._process.stdin
            self._process.stdin.close()
            await self._listening

    async def spawn(self, module: str, env: Mapping[str, str], log: Path) -> Child:
        """`python -m module`, with this environment and nothing else in it, writing to the end of `log`."""
        orders = await self.start()
        spawned: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._awaited.append(spawned)
        order = {"module": module, "env": dict(env), "log": str(log)}
        orders.write(json.dumps(order).encode() + b"\n")
        return await spawned

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        async for line in process.stdout:
            told = json.loads(line)
            if "spawned" in told:
                self._spawned(Child(told["spawned"]))
            else:
                self._children.pop(told["died"]).ended(told["status"])
        for spawned in self._awaited:
            if not spawned.cancelled():
                spawned.set_exception(EmbeddedError(f"No service could be started: read {self._log}."))
        for child in self._children.values():
            child.ended(-signal.SIGTERM)
        self._awaited.clear()
        self._children.clear()
        await process.wait()

    def _spawned(self, child: Child) -> None:
        self._children[child.pid] = child
        if not (spawned := self._awaited.popleft()).cancelled():
            spawned.set_result(child)
