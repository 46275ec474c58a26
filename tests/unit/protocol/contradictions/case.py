"""One contradiction."""

from typing import NamedTuple


class Case(NamedTuple):
    """A good protocol with `changes` is at fault at `path`, and the sentence says `expected`."""

    says: str
    changes: tuple[tuple[str, str], ...]
    path: str
    expected: str


def case(says, *changes, at, expected):
    return Case(says, changes, at, expected)


INPUTS = ("screening:", "inputs:\n  - {key: first_dose, says: The day of the first dose}\nscreening:")
