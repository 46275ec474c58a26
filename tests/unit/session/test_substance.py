"""The controlled-substance ledger's arithmetic and its witness."""

from uuid import UUID

import pytest

from services.session.domain.signature import sign
from services.session.domain.substance import Balance, LedgerRow, Movement, balances, check_witness
from shared.refusal import Refused
from tests.unit.session.day import NINE


def row(movement: Movement, mg: float, lot: str = "K-17") -> LedgerRow:
    return LedgerRow(UUID(int=1), "bc", NINE, movement, lot, mg, "f")


def test_a_lot_is_what_came_minus_what_went() -> None:
    moved = [
        row("receipt", 500),
        row("administer", 70.5),
        row("waste", 29.5),
        row("return", 100),
        row("receipt", 10, "Z"),
    ]
    assert balances(moved) == (
        Balance("bc", "K-17", 300.0, None, None),
        Balance("bc", "Z", 10.0, None, None),
    )


def test_a_count_moves_nothing_and_shows_what_is_missing() -> None:
    assert balances([row("receipt", 500), row("count", 480), row("administer", 70)]) == (
        Balance("bc", "K-17", 430.0, 480, -20.0),
    )


def test_waste_is_seen_by_another_person() -> None:
    check_witness("waste", "f", "p")
    check_witness("receipt", "f", None)
    for witness, rule in ((None, "witness_missing"), ("f", "witness_same_person")):
        with pytest.raises(Refused, match=rule):
            check_witness("waste", "f", witness)


def test_a_signature_hashes_what_was_signed_however_it_is_ordered() -> None:
    about = {"by": "p", "role": "prescriber", "at": NINE, "meaning": "I decided this."}
    first = sign({"a": 1, "b": 2}, **about)
    assert first.content_hash == sign({"b": 2, "a": 1}, **about).content_hash
    assert first.content_hash != sign({"a": 1, "b": 3}, **about).content_hash
