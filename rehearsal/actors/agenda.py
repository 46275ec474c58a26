"""What the actors will do, and when: each act once, in the order of its instants."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush

Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True, order=True)
class Entry:
    """One act. At the same instant, a lower `rank` goes first; acts of one rank go side by side."""

    at: datetime
    rank: int
    number: int
    name: str = field(compare=False)
    act: Act = field(compare=False)


class Agenda:
    """A heap of acts. A name is taken once, so an event that is heard twice causes one act."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._names: set[str] = set()

    def put(self, name: str, at: datetime, act: Act, *, rank: int = 0) -> bool:
        """Plan an act; False when an act of this name was planned before."""
        if name in self._names:
            return False
        self._names.add(name)
        heappush(self._entries, Entry(at, rank, len(self._names), name, act))
        return True

    def next_at(self) -> datetime | None:
        return self._entries[0].at if self._entries else None

    def due(self, now: datetime) -> list[Entry]:
        """The acts that come first and are due, taken off: all of one instant and rank."""
        if not self._entries or self._entries[0].at > now:
            return []
        first = self._entries[0]
        group = []
        while self._entries and (self._entries[0].at, self._entries[0].rank) == (first.at, first.rank):
            group.append(heappop(self._entries))
        return group
