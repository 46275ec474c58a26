"""What breaks, in which order, for how long: drawn from the seed.

A bag holds a kill of each target, and the other kinds by turns.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Literal

from shared.events import SERVICES
from shared.events.subscriptions import HEARS

Kind = Literal[
    "kill", "freeze", "stall", "cut", "repeat", "delete_consumer", "wipe", "build_beside", "build_instead", "full_disk"
]
SERVERS = ("postgres", "nats", "temporal")
KILLED = (*SERVICES, *SERVERS)
WIRES = ("nats", "postgres")
DISKS = ("nats", "postgres")
HEARERS = tuple(service for service in SERVICES if HEARS[service])
SHORTEST, LONGEST = 0.2, 2.5
"""Seconds that something stays broken, and that it is left in peace afterwards. A build is there for so long once it
has the place; a disk stays full a little longer when its server has not felt it yet."""


@dataclass(frozen=True)
class Fault:
    """`kind` hits `target` for `seconds`; then everything is left in peace for `pause` seconds."""

    kind: Kind
    target: str
    seconds: float
    pause: float

    def __str__(self) -> str:
        return f"{self.kind} {self.target} for {self.seconds:.1f} s"


def plan(
    seed: int, kills: int, only: Sequence[Kind] = (), targets: Sequence[str] = (), without: Collection[str] = ()
) -> Iterator[Fault]:
    """Faults until so many kills are among them; or so many in all, when `only` some kinds are wanted."""
    chance = random.Random(f"{seed}:faults")
    left, draw = kills, _bags(chance)
    while left > 0:
        kind, target = next(draw)
        if (only and kind not in only) or (targets and target not in targets) or kind in without:
            continue
        left -= kind == "kill" or bool(only)
        yield Fault(kind, target, chance.uniform(SHORTEST, LONGEST), chance.uniform(SHORTEST, LONGEST))


def _bags(chance: random.Random) -> Iterator[tuple[Kind, str]]:
    by_turns: dict[Kind, Iterator[str]] = {
        "freeze": cycle(chance.sample(KILLED, k=len(KILLED))),
        "stall": cycle(chance.sample(WIRES, k=len(WIRES))),
        "cut": cycle(chance.sample(WIRES, k=len(WIRES))),
        "delete_consumer": cycle(chance.sample(HEARERS, k=len(HEARERS))),
        "full_disk": cycle(chance.sample(DISKS, k=len(DISKS))),
    }
    ways: tuple[Kind, Kind] = ("build_beside", "build_instead")
    builds = zip(cycle(ways), cycle(chance.sample(SERVICES, k=len(SERVICES))), strict=False)
    while True:
        bag: list[tuple[Kind, str]] = [("kill", target) for target in KILLED]
        bag += [(kind, next(targets)) for kind, targets in by_turns.items()]
        bag += [("freeze", next(by_turns["freeze"])), ("repeat", "stream"), ("wipe", "stream"), next(builds)]
        yield from chance.sample(bag, k=len(bag))
