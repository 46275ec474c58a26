"""The controlled-substance ledger: append-only, in milligrams, by lot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.refusal import Refused
from shared.vocabulary import those, total

ShelfMovement = Literal["receipt", "waste", "return", "count"]
"""What staff record themselves."""
Movement = Literal[ShelfMovement, "administer"]
"""A dose writes its own `administer`."""
WITNESSED_WITHIN = timedelta(minutes=15)
"""How old a witness may be: they stand beside whoever records the movement (convention)."""
COUNTED_AGAIN_WITHIN = timedelta(days=1)
"""How soon a count that differs is explained (convention; a medical director signs it off)."""
_SIGN: Mapping[Movement, int] = total(Movement, {"receipt": 1, "administer": -1, "waste": -1, "return": -1, "count": 0})
WITNESSED: frozenset[Movement] = those(Movement, are=("waste",), are_not=("receipt", "administer", "return", "count"))
"""Movements that a second person saw."""
COUNTED: frozenset[Movement] = those(Movement, are=("count",), are_not=("receipt", "administer", "waste", "return"))
"""What was found on the shelf, and moves nothing."""


@dataclass(frozen=True)
class LedgerRow:
    """One movement. A `count` is what was found on the shelf and moves nothing."""

    id: UUID
    site: str
    at: datetime
    movement: Movement
    lot: str
    mg: float
    by: str
    witness: str | None = None
    witness_id: UUID | None = None
    dose_id: UUID | None = None
    note: str | None = None


@dataclass(frozen=True)
class Witness:
    """What a second person saw of a movement, said with their own login."""

    id: UUID
    site: str
    movement: Movement
    lot: str
    mg: float
    by: str
    at: datetime


@dataclass(frozen=True)
class Balance:
    """A lot's milligrams by the ledger, the last count, and what is between them (None while nobody counted)."""

    site: str
    lot: str
    mg: float
    counted_mg: float | None
    difference_mg: float | None


def check_witness(row: LedgerRow, witness: Witness | None) -> None:
    """Refuse waste that no second person saw with their own login, and a witness of something else.

    Source: convention; the rules for controlled substances that a site is under may ask for more.
    """
    if witness is None:
        if row.movement in WITNESSED or row.witness_id is not None:
            raise Refused("witness_missing", "a second person says what they saw", status=422, field="witness")
        return
    if witness.by.casefold() == row.by.casefold():
        raise Refused("witness_same_person", "the witness is another person", status=422, field="witness")
    if (witness.site, witness.movement, witness.lot, witness.mg) != (row.site, row.movement, row.lot, row.mg):
        raise Refused("witness_differs", "this is not what the witness saw", field="witness")
    if row.at - witness.at > WITNESSED_WITHIN:
        raise Refused("witness_out_of_date", f"it was seen at {witness.at.isoformat()}", field="witness")


def check_balance(before: float, row: LedgerRow) -> None:
    """Refuse to take more off a lot than the ledger holds of it; `before` is its balance in mg, under its lock."""
    after = round(before + _SIGN[row.movement] * row.mg, 3)
    if _SIGN[row.movement] < 0 and after < 0:
        detail = f"the ledger holds {before:g} mg of lot {row.lot}: record its receipt, or count it"
        raise Refused("balance_below_zero", detail, field="mg")


def discrepancy(balance: float, row: LedgerRow) -> float | None:
    """Return what a count found beside the ledger's balance in mg (negative: missing); None for any other movement."""
    return round(row.mg - balance, 3) if row.movement in COUNTED else None


def balances(rows: Iterable[LedgerRow]) -> tuple[Balance, ...]:
    """Return each lot's balance from its rows in their order; a difference is what a count found against the ledger."""
    running: dict[tuple[str, str], Balance] = {}
    for row in rows:
        key = (row.site, row.lot)
        last = running.get(key, Balance(row.site, row.lot, 0.0, None, None))
        mg = round(last.mg + _SIGN[row.movement] * row.mg, 3)
        if row.movement in COUNTED:
            running[key] = Balance(row.site, row.lot, mg, row.mg, round(row.mg - mg, 3))
        else:
            running[key] = Balance(row.site, row.lot, mg, last.counted_mg, last.difference_mg)
    return tuple(running[key] for key in sorted(running))
