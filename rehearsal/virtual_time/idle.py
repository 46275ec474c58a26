"""The barrier: nothing is unfinished anywhere, seen twice with no change in between."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

from rehearsal.virtual_time.broker import Broker, Traffic
from rehearsal.virtual_time.database import Books, Database
from rehearsal.virtual_time.watches import Watches
from shared.clock import Clock

SHORTEST_PAUSE, LONGEST_PAUSE = 0.002, 0.025
OVERLAP = timedelta(seconds=2)
LONG_AGO = timedelta(days=3650)
SHOWN = 30


class Stalled(RuntimeError):
    """Something that is due is not done, and nothing has moved for a while; the text says what."""


class Listener(Protocol):
    """What the barrier asks of the tail: the stream sequence of the last event that it passed on."""

    @property
    def sequence(self) -> int: ...


class Player(Protocol):
    """What the barrier asks of the actors: whether they have still to act on something that they heard."""

    @property
    def busy(self) -> bool: ...


@dataclass(frozen=True)
class Look:
    """Everything at one instant of virtual time; the traffic is not looked at while the books show work to do."""

    now: datetime
    books: Books
    traffic: Traffic | None
    heard: int
    busy: bool

    @property
    def clean(self) -> bool:
        if self.traffic is None or self.books.unfinished or self.busy:
            return False
        return not self.traffic.behind and self.heard >= self.traffic.last

    @property
    def mark(self) -> object:
        """Equal at two looks when nothing has moved between them."""
        return self.books.settled, self.books.unfinished, self.traffic, self.heard, self.busy


class Barrier:
    """Sees whether everything that is due has been done."""

    def __init__(
        self,
        clock: Clock,
        database: Database,
        broker: Broker,
        watches: Watches,
        actors: Player,
        tail: Listener,
        patience: timedelta,
    ) -> None:
        self._clock, self._database, self._broker, self._watches = clock, database, broker, watches
        self._actors, self._tail, self._patience = actors, tail, patience.total_seconds()
        self._since: datetime | None = None
        self._at_rest: tuple[int, ...] | None = None

    async def wait(self) -> Look:
        """Return the second of two equal looks that show nothing unfinished; raise Stalled when nothing moves."""
        pause, moved, mark = SHORTEST_PAUSE, monotonic(), None
        while True:
            look = await self.look()
            restless = await self._restless(look) if look.clean else []
            if look.clean and not restless:
                again = await self.look()
                if again.clean and again.mark == look.mark:
                    self._since = look.now
                    self._database.was_idle(again.books)
                    return again
            if (look.mark, restless) != mark:
                mark, moved = (look.mark, restless), monotonic()
            elif monotonic() - moved > self._patience:
                raise Stalled(await self._in_words(look, restless))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def look(self) -> Look:
        now = await self._clock.now()
        books = await self._database.look(now)
        traffic = None if books.unfinished else await self._broker.look()
        return Look(now, books, traffic, self._tail.sequence, self._actors.busy)

    async def _restless(self, look: Look) -> list[str]:
        """The watches of the rows acted on since all was last idle, that have not come to rest yet."""
        if look.books.settled == self._at_rest:
            return []
        settled = await self._database.settled_since((self._since or look.now - LONG_AGO) - OVERLAP)
        acted = {row.workflow_id: row.acted_at for row in settled}
        restless = await self._watches.restless(acted, unneeded={row.workflow_id for row in settled if not row.needed})
        if not restless:
            self._at_rest = look.books.settled
            self._watches.forget(acted)
        return restless

    async def _in_words(self, look: Look, restless: list[str]) -> str:
        traffic = await self._broker.look()
        words = [*await self._database.unfinished(look.now), *restless]
        words += [
            f"{name} has {waiting} events not delivered and {unacknowledged} not acknowledged"
            for name, waiting, unacknowledged in traffic.behind
        ]
        if look.heard < traffic.last:
            words.append(f"the rehearsal's tail have heard {look.heard} of {traffic.last} events")
        if look.busy:
            words.append("the actors have not acted on all that they heard")
        shown = words[:SHOWN] + ([f"… and {len(words) - SHOWN} more"] if len(words) > SHOWN else [])
        lines = "".join(f"\n  - {line}" for line in shown)
        return f"Nothing has moved for {self._patience:.0f} s at {look.now:%Y-%m-%d %H:%M:%S} UTC:{lines}"
