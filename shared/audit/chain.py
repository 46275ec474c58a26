"""Whether an audit chain is what was written, and if not, which row was changed, removed, inserted or moved. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from shared.audit.entry import chained

Kind = Literal["changed", "missing", "inserted", "reordered", "rewritten", "head"]


@dataclass(frozen=True)
class Link:
    """What a row says of its place: `sound` is whether its hash fits what it says."""

    id: int
    position: int
    previous: str
    hash: str
    sound: bool


@dataclass(frozen=True)
class Head:
    """The last row of a chain at some time, kept beside the rows or outside of the system."""

    position: int
    hash: str


@dataclass(frozen=True)
class Break:
    """One place where a chain is not what was written, in words; `position` is the (first) row that it is about."""

    kind: Kind
    position: int
    detail: str


def link(row: Mapping[str, Any]) -> Link:
    """A row of the table, judged by its own hash."""
    sound = chained(row, row["previous"]) == row["hash"]
    return Link(row["id"], row["position"], row["previous"], row["hash"], sound)


def breaks(genesis: str, links: Sequence[Link], head: Head | None, kept: Iterable[Head] = ()) -> list[Break]:
    """Everything that is wrong with a chain, the earliest row first; nothing = it is what was written.

    `links` come in the order of their positions. `head` stands beside the rows; `kept` were kept outside.
    """
    found = [*_changed(links), *_head(links, head)]
    order = _as_chained(genesis, links, head)
    found += [*_inserted(links, order), *_misplaced(links, order), *_torn(genesis, order)]
    found += _unlike_kept(links, kept)
    return sorted(set(found), key=lambda one: (one.position, one.kind))


def _changed(links: Sequence[Link]) -> Iterator[Break]:
    for one in links:
        if not one.sound:
            yield Break("changed", one.position, f"row {_named(one)} was changed: it is not what its hash says")


def _head(links: Sequence[Link], head: Head | None) -> Iterator[Break]:
    last = links[-1].position if links else 0
    if head is None and links:
        yield Break("head", last, f"the head of the chain is gone; its last row is {last}")
    elif head is None or head.position == 0 or head.hash in {one.hash for one in links}:
        return
    elif head.position > last:
        yield Break("missing", last + 1, f"{_rows(last + 1, head.position)} missing: the tail was cut off")
    else:
        yield Break("head", head.position, f"the head of the chain is no row of it (row {head.position})")


def _as_chained(genesis: str, links: Sequence[Link], head: Head | None) -> list[Link]:
    """The rows in the order in which they were chained: walked from the head backwards.

    Where the walk finds no row that another follows, it goes on at the row that stands before it.
    """
    by_hash: dict[str, list[Link]] = defaultdict(list)
    for one in links:
        by_hash[one.hash].append(one)
    at_head = by_hash[head.hash] if head else []
    current = at_head[-1] if at_head else links[-1] if links else None
    walked: list[Link] = []
    seen: set[int] = set()
    before = sorted(links, key=lambda one: one.position)
    while current:
        walked.append(current)
        seen.add(current.id)
        if current.previous == genesis:
            break
        current = _followed(current, by_hash, seen) or _standing_before(current, before, seen)
    return walked[::-1]


def _followed(of: Link, by_hash: Mapping[str, list[Link]], seen: set[int]) -> Link | None:
    candidates = [one for one in by_hash.get(of.previous, ()) if one.id not in seen]
    return max(candidates, key=lambda one: (one.position < of.position, one.position), default=None)


def _standing_before(of: Link, links: Sequence[Link], seen: set[int]) -> Link | None:
    earlier = (one for one in links if one.position < of.position and one.id not in seen)
    return max(earlier, key=lambda one: one.position, default=None)


def _inserted(links: Sequence[Link], order: Sequence[Link]) -> Iterator[Break]:
    genuine = {one.id for one in order}
    for one in links:
        if one.id not in genuine:
            yield Break("inserted", one.position, f"row {_named(one)} was inserted: no row of the chain follows it")


def _misplaced(links: Sequence[Link], order: Sequence[Link]) -> Iterator[Break]:
    taken = {one.position for one in links}
    for one, following in pairwise(order):
        if following.previous != one.hash:
            continue
        if following.position < one.position:
            detail = f"row {_named(following)} was moved: it was written after row {_named(one)}"
            yield Break("reordered", following.position, detail)
        elif taken.isdisjoint([one.position + 1]):
            detail = f"row {_named(following)} was given another number: it was written next after row {_named(one)}"
            yield Break("reordered", following.position, detail)


def _torn(genesis: str, order: Sequence[Link]) -> Iterator[Break]:
    """Where a row follows nothing that is there."""
    if order and order[0].previous != genesis and order[0].sound:
        first = order[0].position
        yield Break("missing", 1, f"{_rows(1, first - 1)} missing" if first > 1 else "row 1 does not begin the chain")
    for one, following in pairwise(order):
        if following.previous == one.hash:
            continue
        if following.position - one.position > 1:
            absent = (one.position + 1, following.position - 1)
            yield Break("missing", absent[0], f"{_rows(*absent)} missing between {_named(one)} and {_named(following)}")
        elif one.sound and following.sound:
            detail = (
                f"row {_named(one)} is not the one that row {_named(following)} was chained to: "
                "it was written anew, or a row between them was taken out"
            )
            yield Break("rewritten", one.position, detail)


def _unlike_kept(links: Sequence[Link], kept: Iterable[Head]) -> Iterator[Break]:
    hashes = {one.position: one.hash for one in links}
    for head in kept:
        if head.position and head.position not in hashes:
            yield Break("missing", head.position, f"row {head.position} missing: its hash was kept")
        elif head.position and hashes[head.position] != head.hash:
            detail = f"row {head.position} is not the one whose hash was kept: the chain was written anew up to it"
            yield Break("rewritten", head.position, detail)


def _named(one: Link) -> str:
    return f"{one.position} (id {one.id})"


def _rows(first: int, last: int) -> str:
    return f"row {first} is" if first == last else f"rows {first} to {last} are"
