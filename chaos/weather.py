"""The faults happen: each is done, undone after its time, and the way back to readiness is measured."""

import asyncio
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from chaos import streams
from chaos.house import House
from chaos.plan import SERVERS, Fault
from embedded.nats import Nats
from embedded.postgres import Postgres
from embedded.process import relatives
from embedded.temporal import DevServer
from shared.events import SERVICES

LULL_AFTER = 6


@dataclass
class Weather:
    """`done` are the faults so far; `recovered` the seconds from each to readiness, by the fault's place in `done`."""

    house: House
    chance: random.Random
    say: Callable[[str], None]
    done: list[Fault] = field(default_factory=list)
    recovered: dict[int, float] = field(default_factory=dict)
    _measuring: set[asyncio.Task[None]] = field(default_factory=set)

    async def rage(self, faults: Iterator[Fault], after: float = 0.0) -> None:
        """One fault after the other; the next one does not wait until the house has recovered from the last.

        Now and then there is a lull until everything is ready: programs should get on, or there is nothing to break.
        """
        await asyncio.sleep(after)
        for fault in faults:
            if self.done and len(self.done) % LULL_AFTER == 0:
                await self.house.becomes_ready()
            await asyncio.sleep(fault.pause)
            self.say(f"{len(self.done) + 1:4}  {fault}")
            place, began = len(self.done), monotonic()
            self.done.append(fault)
            await self._do(fault)
            task = asyncio.create_task(self._measure(place, began, fault))
            self._measuring.add(task)
            task.add_done_callback(self._measuring.discard)

    async def clears(self) -> None:
        """Until the house has recovered from all of it."""
        await asyncio.gather(*self._measuring, self.house.becomes_ready())

    async def _measure(self, place: int, began: float, fault: Fault) -> None:
        """A service that was hit, or every one that stands on what was hit, is ready again."""
        service = fault.target if fault.target in SERVICES else None
        self.recovered[place] = await self.house.becomes_ready(service) - began

    async def _do(self, fault: Fault) -> None:
        match fault.kind:
            case "kill":
                await self._kill(fault.target, fault.seconds)
            case "freeze":
                with self._frozen(fault.target):
                    await asyncio.sleep(fault.seconds)
            case "stall":
                async with self.house.proxies[fault.target].stalled():
                    await asyncio.sleep(fault.seconds)
            case "cut":
                async with self.house.proxies[fault.target].cut():
                    await asyncio.sleep(fault.seconds)
            case "repeat":
                await streams.repeat_some(self.house, self.chance)
            case "delete_consumer":
                await streams.delete_consumer(self.house, fault.target)
                await asyncio.sleep(fault.seconds)
                await streams.provision(self.house)
            case "wipe":
                await streams.wipe_and_refill(self.house)

    async def _kill(self, target: str, seconds: float) -> None:
        """A service is started again by its supervisor, a server by us."""
        if target not in SERVERS:
            await self.house.stack.services[target].kill(seconds)
            return
        server = self._server(target)
        await server.kill()
        await asyncio.sleep(seconds)
        await server.start()

    def _server(self, target: str) -> Postgres | Nats | DevServer:
        stack = self.house.stack
        assert isinstance(stack.temporal, DevServer)
        return {"postgres": stack.postgres, "nats": stack.nats, "temporal": stack.temporal}[target]

    @contextmanager
    def _frozen(self, target: str) -> Iterator[None]:
        """SIGSTOP for the process and its children: it takes what is sent to it, and answers only afterwards."""
        pid = self._server(target).pid if target in SERVERS else self.house.stack.services[target].pid
        family = [pid, *(relative.pid for relative in relatives(pid))] if pid else []
        stopped = [one for one in family if _told(one, signal.SIGSTOP)]
        try:
            yield
        finally:
            for one in stopped:
                _told(one, signal.SIGCONT)


def _told(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
