"""Whatever is done to the rows of an audit chain, verification says what, and to which row."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.audit.chain import Break, Head, breaks, link
from shared.audit.entry import Entry, chained, digest, genesis, opaque

START = genesis("session", "bc")
Row = dict[str, Any]


def chain(length: int) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, length + 1):
        at = datetime(2030, 1, 7, tzinfo=UTC) + timedelta(minutes=number)
        subjects = {"program_id": f"0197a0c8-0000-7000-8000-{number:012}"}
        said = asdict(Entry("bc", at, "prescriber-1", "prescriber", "POST /doses", "ab" * 32, subjects=subjects))
        previous = rows[-1]["hash"] if rows else START
        hash = chained(said, previous)
        rows.append(said | {"id": number, "position": number, "previous": previous, "hash": hash})
    return rows


def head_of(rows: list[Row]) -> Head:
    return Head(rows[-1]["position"], rows[-1]["hash"])


def found(rows: list[Row], head: Head | None, kept: tuple[Head, ...] = ()) -> list[tuple[str, int]]:
    in_order = sorted(rows, key=lambda row: (row["position"], row["id"]))
    return [(one.kind, one.position) for one in breaks(START, list(map(link, in_order)), head, kept)]


def rewrite(rows: list[Row], position: int, **changed: Any) -> None:
    """Change a row and make its own hash fit again."""
    row = rows[position - 1]
    row.update(changed)
    row["hash"] = chained(row, row["previous"])


def shift(rows: list[Row], since: int, by: int) -> None:
    for row in rows:
        row["position"] += by if row["position"] >= since else 0


def test_a_chain_that_nobody_touched_is_sound() -> None:
    rows = chain(6)
    assert found(rows, head_of(rows), (Head(3, rows[2]["hash"]),)) == []
    assert found([], None) == []


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "prescriber-2"},
        {"outcome": "refused", "rule": "held"},
        {"at": datetime(2031, 1, 1, tzinfo=UTC)},
        {"subjects": {}},
        {"site": "co"},
        {"previous": "0" * 64},
        {"hash": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("position", [1, 3, 6])
def test_a_changed_row_is_named(position: int, change: Row) -> None:
    rows = chain(6)
    head = head_of(rows)
    rows[position - 1].update(change)
    named = found(rows, head)
    assert ("changed", position) in named
    assert {kind for kind, _ in named} <= {"changed", "head"}


@pytest.mark.parametrize("position", [1, 3, 5])
def test_a_row_written_anew_with_a_hash_that_fits_is_named_by_the_row_after_it(position: int) -> None:
    rows = chain(6)
    head = head_of(rows)
    rewrite(rows, position, actor="nobody")
    assert found(rows, head) == [("rewritten", position)]


@pytest.mark.parametrize(("first", "last"), [(1, 1), (1, 3), (3, 3), (2, 5)])
def test_removed_rows_are_named(first: int, last: int) -> None:
    rows = chain(6)
    head = head_of(rows)
    del rows[first - 1 : last]
    assert found(rows, head) == [("missing", first)]


def test_a_removed_row_is_noticed_though_the_rest_was_renumbered() -> None:
    rows = chain(6)
    head = head_of(rows)
    del rows[2]
    shift(rows, 4, -1)
    assert found(rows, head) == [("rewritten", 2)]


def test_a_tail_that_was_cut_is_named_by_the_head() -> None:
    rows = chain(6)
    assert found(rows[:4], head_of(rows)) == [("missing", 5)]
    assert found([], head_of(rows)) == [("missing", 1)]


def test_a_tail_that_was_cut_with_its_head_is_named_by_a_head_that_was_kept() -> None:
    rows = chain(6)
    assert found(rows[:4], head_of(rows[:4])) == []
    assert found(rows[:4], head_of(rows[:4]), (head_of(rows),)) == [("missing", 6)]


def test_a_chain_written_anew_to_its_end_is_named_by_a_head_that_was_kept() -> None:
    rows = chain(6)
    kept = head_of(rows)
    for position in range(3, 7):
        rewrite(rows, position, actor="nobody", previous=rows[position - 2]["hash"])
    assert found(rows, head_of(rows)) == []
    assert found(rows, head_of(rows), (kept,)) == [("rewritten", 6)]


@pytest.mark.parametrize("position", [1, 3, 6])
def test_an_inserted_row_is_named(position: int) -> None:
    rows = chain(6)
    head = head_of(rows)
    shift(rows, position, 1)
    previous = rows[position - 2]["hash"] if position > 1 else START
    new = rows[0] | {"id": 7, "position": position, "previous": previous, "actor": "nobody"}
    rows.append(new | {"hash": chained(new, previous)})
    assert found(rows, head) == [("inserted", position)]


def test_a_row_that_was_inserted_after_the_head_is_named() -> None:
    rows = chain(6)
    head = head_of(rows)
    new = rows[0] | {"id": 7, "position": 7, "previous": rows[-1]["hash"], "actor": "nobody"}
    assert found([*rows, new | {"hash": chained(new, rows[-1]["hash"])}], head) == [("inserted", 7)]


def test_a_row_that_was_copied_is_named() -> None:
    rows = chain(6)
    head = head_of(rows)
    shift(rows, 4, 1)
    rows.append(rows[2] | {"id": 7, "position": 4})
    assert [kind for kind, _ in found(rows, head)] == ["inserted"]


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 4), (5, 6), (2, 5)])
def test_rows_that_changed_places_are_named(one: int, other: int) -> None:
    rows = chain(6)
    head = head_of(rows)
    rows[one - 1]["position"], rows[other - 1]["position"] = other, one
    named = found(rows, head)
    assert {kind for kind, _ in named} == {"reordered"}
    assert one in {position for _, position in named}


def test_a_head_that_is_gone_or_is_no_row_is_noticed() -> None:
    rows = chain(3)
    assert found(rows, None) == [("head", 3)]
    assert found(rows, Head(3, "0" * 64)) == [("head", 3)]


def test_two_troubles_are_both_named() -> None:
    rows = chain(9)
    head = head_of(rows)
    rows[1]["actor"] = "nobody"
    del rows[6]
    assert found(rows, head) == [("changed", 2), ("missing", 7)]


def test_a_break_says_in_words_what_was_done() -> None:
    rows = chain(3)
    rows[1]["actor"] = "nobody"
    [broken] = breaks(START, list(map(link, rows)), head_of(rows))
    assert broken == Break("changed", 2, "row 2 (id 2) was changed: it is not what its hash says")


def test_a_row_of_one_chain_fits_into_no_other() -> None:
    assert len({genesis("session", "bc"), genesis("session", "co"), genesis("intake", "bc")}) == 3


def test_what_was_sent_cannot_be_guessed_without_the_key() -> None:
    answers = b'{"items":[0,0,0,0,0,0,0,0,1]}'
    assert digest("one key", answers) == digest("one key", answers) != digest("another key", answers)


def test_nothing_but_opaque_ids_and_items_is_named() -> None:
    id = "0197a0c8-0000-7000-8000-000000000001"
    sent = {"program_id": id, "item": "check_in:dose:1:24h"}
    told = {"reason": "He wept.", "given_name": "Ada", "email": "ada@example.org", "mg": 48.0, "items": [0, 1]}
    assert opaque(sent | told) == sent
