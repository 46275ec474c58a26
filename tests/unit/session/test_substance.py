"""The controlled-substance ledger's arithmetic and its witness."""

from uuid import UUID

import pytest

from services.session.domain.signature import sign
from services.session.domain.substance import (
    Balance,
    LedgerRow,
    Movement,
    Witness,
    balances,
    check_balance,
    check_witness,
    discrepancy,
)
from shared.refusal import Refused
from tests.unit.session.day import MINUTE, NINE


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


def seen(by: str = "p", mg: float = 30, minutes: float = -1) -> Witness:
    return Witness(UUID(int=2), "bc", "waste", "K-17", mg, by, NINE + minutes * MINUTE)


def test_waste_is_seen_by_another_person_a_moment_before() -> None:
    check_witness(row("waste", 30), seen())
    check_witness(row("receipt", 30), None)
    for witness, rule in (
        (None, "witness_missing"),
        (seen(by="f"), "witness_same_person"),
        (seen(by="F"), "witness_same_person"),
        (seen(mg=31), "witness_differs"),
        (seen(minutes=-16), "witness_out_of_date"),
    ):
        with pytest.raises(Refused, match=rule):
            check_witness(row("waste", 30), witness)


@pytest.mark.parametrize("movement", ["administer", "waste", "return"])
def test_nobody_takes_what_the_ledger_does_not_hold(movement: Movement) -> None:
    check_balance(30, row(movement, 30))
    with pytest.raises(Refused, match="balance_below_zero"):
        check_balance(29.999, row(movement, 30))


def test_a_lot_that_is_below_zero_already_may_still_be_set_right() -> None:
    check_balance(-10_000, row("receipt", 500))
    check_balance(-10_000, row("count", 0))


def test_a_count_that_differs_says_by_how_much_and_nothing_else_does() -> None:
    assert (discrepancy(100, row("count", 95)), discrepancy(95, row("count", 95))) == (-5, 0)
    assert discrepancy(100, row("waste", 5)) is None


def test_a_signature_hashes_what_was_signed_however_it_is_ordered() -> None:
    about = {"by": "p", "role": "prescriber", "at": NINE, "meaning": "I decided this."}
    first = sign({"a": 1, "b": 2}, **about)
    assert first.content_hash == sign({"b": 2, "a": 1}, **about).content_hash
    assert first.content_hash != sign({"a": 1, "b": 3}, **about).content_hash
