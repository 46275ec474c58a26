"""A server as a child process: it logs to a file, dies with its parent, and is ended only by its own process id."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import psutil

from embedded.account import Account
from embedded.errors import EmbeddedError
from embedded.fork_server import ForkServer
from embedded.parent_death import die_with_parent

ROOM_NEEDED = 200 * 1024 * 1024
POLL_SECONDS = 0.05


class Running(Protocol):
    """A child process, whoever started it."""

    pid: int

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int | None: ...

    def send_signal(self, number: signal.Signals, /) -> None: ...


class Process:
    """One run after another of the same server: `start`, `stop`, `kill`, and `start` again."""

    def __init__(self, name: str, log: Path, *, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        self.name = name
        self.log = log
        self._stop_signal = stop_signal
        self._child: Running | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    async def start(
        self,
        command: Sequence[str | Path],
        ready: Callable[[], Awaitable[bool]],
        *,
        env: dict[str, str] | None = None,
        account: Account | None = None,
        seconds: float = 60,
    ) -> None:
        """Returns when `ready` answers True; raises EmbeddedError, with nothing left running, when it never does."""
        with self._log_to_append() as output:
            child = asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent(self._stop_signal),
                **as_account(account),
            )
            await self._becomes_ready(child, ready, output.tell(), seconds)

    async def spawn(
        self,
        fork_server: ForkServer,
        module: str,
        ready: Callable[[], Awaitable[bool]],
        *,
        env: Mapping[str, str],
        seconds: float = 60,
    ) -> None:
        """As `start`, for `python -m module`, by a fork server."""
        with self._log_to_append() as output:
            child = fork_server.spawn(module, {**os.environ, **env}, self.log)
            await self._becomes_ready(child, ready, output.tell(), seconds)

    def _log_to_append(self) -> BinaryIO:
        require_room(self.log.parent)
        return self.log.open("ab")

    async def _becomes_ready(
        self, child: Coroutine[Any, Any, Running], ready: Callable[[], Awaitable[bool]], began: int, seconds: float
    ) -> None:
        self._child = await child
        try:
            async with asyncio.timeout(seconds):
                await self._until(ready, began)
        except TimeoutError:
            await self.kill()
            raise EmbeddedError(f"{self.name} was not ready within {seconds:.0f} s: read {self.log}.") from None
        except BaseException:
            await self.kill()
            raise

    async def _until(self, ready: Callable[[], Awaitable[bool]], log_from: int) -> None:
        while not await answers(ready):
            if self.pid is None:
                raise EmbeddedError(self._why_it_ended(log_from))
            await asyncio.sleep(POLL_SECONDS)

    def _why_it_ended(self, log_from: int) -> str:
        said = self.log.read_bytes()[log_from:].decode(errors="replace")
        return explain(self.name, said, self.log)

    async def wait(self) -> int | None:
        """Waits until the process ends by itself; its exit status."""
        return await self._child.wait() if self._child is not None else None

    def signal(self, number: signal.Signals) -> None:
        if self._child is not None and self._child.returncode is None:
            self._child.send_signal(number)

    async def stop(self, seconds: float = 15) -> None:
        """Asks it to end, and ends it after `seconds`."""
        self.signal(self._stop_signal)
        try:
            await asyncio.wait_for(self.wait(), seconds)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL for the process and what it started, at once, as a power failure would."""
        if self.pid is None:
            return
        family = relatives(self.pid)
        self.signal(signal.SIGKILL)
        for relative in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                relative.kill()
        await self.wait()
        while any(is_alive(relative) for relative in family):  # noqa: ASYNC110 (no event tells of another's child)
            await asyncio.sleep(POLL_SECONDS)


def relatives(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        found: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
        return found
    return []


def is_alive(process: psutil.Process) -> bool:
    """A zombie holds no files, locks or ports: it has ended, whoever has yet to collect it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


async def answers(ready: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await ready()
    except (OSError, EOFError):
        return False


def as_account(account: Account | None) -> dict[str, Any]:
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def require_room(folder: Path) -> None:
    if shutil.disk_usage(folder).free < ROOM_NEEDED:
        raise EmbeddedError(disk_is_full(folder))


def disk_is_full(folder: Path) -> str:
    return f"The disk that holds {folder} is full: free at least {ROOM_NEEDED // 1024**2} MB and start again."


def explain(name: str, said: str, log: Path) -> str:
    """One sentence for what a server said before it ended."""
    if "No space left on device" in said:
        return disk_is_full(log.parent)
    if "ddress already in use" in said:
        return f"A port that {name} was given is in use: end what listens there or choose another port ({log})."
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"{name} ended while starting: {lines[-1] if lines else 'it said nothing'} (the rest is in {log})."
