"""Who is referred, and what they do not do: drawn from the seed by their reference."""

import random
from dataclasses import dataclass, field

CIRCLE, CHECK_IN, DANGER, MEASURE, LEAVING = "misses", "silent", "unsafe", "unanswered", "leaves"
HABITS = (None, CIRCLE, CHECK_IN, DANGER, MEASURE, LEAVING)


@dataclass(frozen=True)
class Person:
    """`misses` a session without a word, does not answer what is in `silent`, says that they are `unsafe`,
    `leaves_after` a dose."""

    reference: str
    misses: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    unsafe: frozenset[str] = frozenset()
    leaves_after: str | None = None


@dataclass
class Actors:
    """A shuffled bag of habits: everybody's first ones differ, and all occur."""

    seed: int
    _bag: list[str | None] = field(default_factory=list)
    _drawn: int = 0

    def next(self) -> Person:
        chance = random.Random(f"{self.seed}:person:{self._drawn}")
        if not self._bag:
            self._bag = chance.sample(HABITS, k=len(HABITS))
        self._drawn += 1
        return _person(f"C-{self._drawn}", self._bag.pop(), chance)


def _person(reference: str, habit: str | None, chance: random.Random) -> Person:
    number = chance.choice((1, 2))
    match habit:
        case "misses":
            return Person(reference, misses=frozenset({chance.choice(("circle:1", "circle:2", "preparation:1"))}))
        case "silent":
            return Person(reference, silent=frozenset({f"check_in:dose:{number}:24h"}))
        case "unsafe":
            return Person(reference, unsafe=frozenset({f"check_in:dose:{number}:24h"}))
        case "unanswered":
            return Person(reference, silent=frozenset({"measure:six_months"}))
        case "leaves":
            return Person(reference, leaves_after=f"dose:{number}")
        case _:
            return Person(reference)
