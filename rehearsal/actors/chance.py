"""Ordinary behaviour, drawn from the seed: the same for the same person and matter, in whatever order things happen."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Every draw has its own generator, named by seed, person and matter."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, reference: str, what: str) -> Random:
        return Random(f"{self._seed}/{reference}/{what}")

    def one_of(self, reference: str, what: str, choices: Sequence[T]) -> T:
        return self.of(reference, what).choice(choices)

    def happens(self, reference: str, what: str, probability: float) -> bool:
        return self.of(reference, what).random() < probability

    def around(self, reference: str, what: str, mean: float, spread: float, low: float, high: float) -> float:
        """A normally distributed value, kept within limits."""
        return min(max(self.of(reference, what).gauss(mean, spread), low), high)
