"""The controlled-substance ledger: append-only, in milligrams, by lot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.refusal import Refused

Movement = Literal["receipt", "administer", "waste", "return", "count"]
_SIGN: dict[Movement, int] = {"receipt": 1, "administer": -1, "waste": -1, "return": -1, "count": 0}


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
    dose_id: UUID | None = None
    note: str | None = None


@dataclass(frozen=True)
class Balance:
    """A lot's milligrams by the ledger, the last count, and what is between them (None while nobody counted)."""

    site: str
    lot: str
    mg: float
    counted_mg: float | None
    difference_mg: float | None


def check_witness(movement: Movement, by: str, witness: str | None) -> None:
    """Waste is seen by a second person."""
    if movement == "waste" and not witness:
        raise Refused("witness_missing", "waste needs a witness", status=422, field="witness")
    if witness is not None and witness.strip() == by:
        raise Refused("witness_same_person", "the witness is another person", status=422, field="witness")


def balances(rows: Iterable[LedgerRow]) -> tuple[Balance, ...]:
    """Each lot's balance, from its rows in their order; a difference is what a count found against the ledger then."""
    running: dict[tuple[str, str], Balance] = {}
    for row in rows:
        key = (row.site, row.lot)
        last = running.get(key, Balance(row.site, row.lot, 0.0, None, None))
        mg = round(last.mg + _SIGN[row.movement] * row.mg, 3)
        if row.movement == "count":
            running[key] = Balance(row.site, row.lot, mg, row.mg, round(row.mg - mg, 3))
        else:
            running[key] = Balance(row.site, row.lot, mg, last.counted_mg, last.difference_mg)
    return tuple(running[key] for key in sorted(running))
