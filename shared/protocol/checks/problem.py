"""What every check gives back, and the words it says it in."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from shared.document import Path
from shared.protocol.base import near_miss


class Problem(NamedTuple):
    """A broken rule at a path of the document."""

    path: Path
    sentence: str


def repeated(path: Path, names: Iterable[str], what: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Problem((*path, index), f"the {what} '{name}' is there twice")
        seen.add(name)


def unknown(path: Path, name: str, known: Iterable[str], what: str) -> Iterator[Problem]:
    among = set(known)
    if name not in among:
        yield Problem(path, f"{name!r} is not one of this protocol's {what}{near_miss(name, sorted(among))}")


def falling(path: Path, times: Iterable[timedelta], what: str) -> Iterator[Problem]:
    for index, (before, after) in enumerate(pairwise(times), start=1):
        if after <= before:
            yield Problem((*path, index), f"the {what} are not in rising order")
