"""The faults happen: each is done, undone after its time, and the way back to readiness is measured."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from chaos import builds, streams
from chaos.invariants import Violation
from chaos.plan import SERVERS, Fault
from chaos.system_under_test import LOOK_AGAIN, UNREACHABLE, NeverReady, SystemUnderTest
from embedded.nats import Nats
from embedded.postgres import Postgres
from embedded.process import relatives
from embedded.temporal import DevServer
from shared.events import SERVICES

RECOVERY_AFTER, RECOVERY_WINDOW = 5, 8.0
"""So many faults, then so many seconds in which everything is ready: for programs to get on, or nothing is at stake."""
FELT_WITHIN = 12.0
"""Seconds for a server to write something for which its full disk has no room."""
GOES_ON_WITHIN = 7.0
"""Seconds for a server to go on by itself once there is room; then it is started again, as whoever runs it would."""
NO_SPACE = b"no space left on device"


@dataclass
class FaultInjector:
    """`done` are the faults so far; `recovered` the seconds from each to readiness, by the fault's place in `done`.

    What does not recover is `found`, and nothing more is injected; nor is it when somebody says that it is `enough`.
    `felt` and `restarted` count, by server, the full disks that it said it felt, and after which it needed a start.
    """

    system: SystemUnderTest
    chance: random.Random
    say: Callable[[str], None]
    in_recovery_window: Callable[[], Awaitable[None]]
    enough: asyncio.Event
    done: list[Fault] = field(default_factory=list)
    recovered: dict[int, float] = field(default_factory=dict)
    felt: Counter[str] = field(default_factory=Counter)
    restarted: Counter[str] = field(default_factory=Counter)
    found: list[Violation] = field(default_factory=list)
    _measuring: set[asyncio.Task[None]] = field(default_factory=set)

    async def inject(self, faults: Iterator[Fault], kills: int, after: float = 0.0) -> None:
        """One fault after the other; the next one does not wait until the system has recovered from the last.

        Now and then there is a recovery window, at whose end the system can be looked at.
        """
        await asyncio.sleep(after)
        for fault in faults:
            if self.done and len(self.done) % RECOVERY_AFTER == 0:
                await self._recovery_window()
            if self.found or self.enough.is_set():
                return
            await asyncio.sleep(fault.pause)
            place, began = len(self.done), monotonic()
            self.done.append(fault)
            killed = sum(one.kind == "kill" for one in self.done)
            self.say(f"{len(self.done):4}  {fault}" + (f"  ({killed} of {kills} kills)" if killed else ""))
            await self._do(fault, place)
            task = asyncio.create_task(self._measure(place, began, fault))
            self._measuring.add(task)
            task.add_done_callback(self._measuring.discard)

    async def _recovery_window(self) -> None:
        """Time passes in which nothing breaks, for programs to get on."""
        await self.recovers()
        await asyncio.sleep(RECOVERY_WINDOW)
        if not self.found:
            await self.in_recovery_window()

    async def recovers(self) -> None:
        """When the system has recovered from all of it, or a part of it never did."""
        await asyncio.gather(*self._measuring)

    async def _measure(self, place: int, began: float, fault: Fault) -> None:
        """A service that was hit, or every one that stands on what was hit, is ready again, and of a living build."""
        service = fault.target if fault.target in SERVICES else None
        try:
            if fault.kind in ("build_beside", "build_instead"):
                await builds.loses_the_place(self.system, fault.target, _build(place))
            self.recovered[place] = await self.system.becomes_ready(service) - began
        except NeverReady as why:
            self.found.append(Violation("never_ready", f"after {fault}: {why}"))

    async def _do(self, fault: Fault, place: int) -> None:
        match fault.kind:
            case "kill":
                await self._kill(fault.target, fault.seconds)
            case "freeze":
                with self._frozen(fault.target):
                    await asyncio.sleep(fault.seconds)
            case "stall":
                async with self.system.proxies[fault.target].stalled():
                    await asyncio.sleep(fault.seconds)
            case "cut":
                async with self.system.proxies[fault.target].cut():
                    await asyncio.sleep(fault.seconds)
            case "repeat":
                await streams.repeat_some(self.system, self.chance)
            case "delete_consumer":
                await streams.delete_consumer(self.system, fault.target)
                await asyncio.sleep(fault.seconds)
                await streams.provision(self.system)
            case "wipe":
                await streams.wipe_and_refill(self.system)
            case "build_beside":
                async with builds.beside(self.system, fault.target, _build(place)):
                    await asyncio.sleep(fault.seconds)
            case "build_instead":
                async with builds.instead(self.system, fault.target, _build(place)):
                    await asyncio.sleep(fault.seconds)
            case "full_disk":
                await self._fill(fault.target, fault.seconds)

    async def _kill(self, target: str, seconds: float) -> None:
        """A service is started again by its supervisor, a server by us."""
        if target not in SERVERS:
            await self.system.stack.services[target].kill(seconds)
            return
        server = self._server(target)
        await server.kill()
        await asyncio.sleep(seconds)
        await server.start()

    async def _fill(self, target: str, seconds: float) -> None:
        """Its disk is full for a while, and until it says so; then there is room again."""
        server = self._server(target)
        said = server.log.stat().st_size
        async with self.system.disks[target].full():
            await asyncio.sleep(seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(FELT_WITHIN):
                    while not _says_it_is_full(server.log, said):  # noqa: ASYNC110 (a log tells nobody)
                        await asyncio.sleep(LOOK_AGAIN)
        self.felt[target] += _says_it_is_full(server.log, said)
        if not await self._goes_on(target):
            self.restarted[target] += 1
            await server.restart()

    async def _goes_on(self, target: str) -> bool:
        since = datetime.now(UTC)
        with suppress(TimeoutError):
            async with asyncio.timeout(GOES_ON_WITHIN):
                while True:
                    with suppress(*UNREACHABLE):
                        if await self.system.has_kept(target, since):
                            return True
                    await asyncio.sleep(LOOK_AGAIN)
        return False

    def _server(self, target: str) -> Postgres | Nats | DevServer:
        stack = self.system.stack
        assert isinstance(stack.temporal, DevServer)
        servers: dict[str, Postgres | Nats | DevServer] = {
            "postgres": stack.postgres,
            "nats": stack.nats,
            "temporal": stack.temporal,
        }
        return servers[target]

    @contextmanager
    def _frozen(self, target: str) -> Iterator[None]:
        """SIGSTOP for the process and its children: it takes what is sent to it, and answers only afterwards."""
        pid = self._server(target).pid if target in SERVERS else self.system.stack.services[target].pid
        family = [pid, *(relative.pid for relative in relatives(pid))] if pid else []
        stopped = [one for one in family if _told(one, signal.SIGSTOP)]
        try:
            yield
        finally:
            for one in stopped:
                _told(one, signal.SIGCONT)


def _build(place: int) -> str:
    """A build that never was: each one takes the place."""
    return f"experiment-{place + 1}"


def _says_it_is_full(log: Path, since: int) -> bool:
    with log.open("rb") as said:
        said.seek(since)
        return NO_SPACE in said.read().lower()


def _told(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
