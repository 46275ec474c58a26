"""A controlled substance is received, wasted, returned or counted: a row is appended, by lot and in milligrams."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from services.session.domain.stage import overdue_stage
from services.session.domain.substance import COUNTED_AGAIN_WITHIN, LedgerRow, ShelfMovement, check_witness, discrepancy
from services.session.storage import doses, obligations, second_persons
from shared.auth import Principal
from shared.work import Work

DISCREPANCY: Final = "substance_discrepancy"


@dataclass(frozen=True)
class Moved:
    """What somebody says they moved, or found (`count`), in mg."""

    site: str
    movement: ShelfMovement
    lot: str
    mg: float
    note: str | None


async def move_substance(work: Work, moved: Moved, caller: Principal, *, witness_id: UUID | None) -> LedgerRow:
    """Append the movement. A count that differs from the ledger opens a task, one that agrees ends it.

    Refused: `balance_below_zero`, `witness_used`, and as `check_witness` refuses.
    """
    await doses.lock_lot(work, moved.site, moved.lot)
    witness = await second_persons.get_witness(work, witness_id) if witness_id else None
    row = LedgerRow(
        id=uuid7(),
        site=moved.site,
        at=work.now,
        movement=moved.movement,
        lot=moved.lot,
        mg=moved.mg,
        by=caller.subject,
        witness=witness.by if witness else None,
        witness_id=witness_id,
        note=moved.note,
    )
    check_witness(row, witness)
    balance = await doses.add_ledger_row(work, row)
    differs = discrepancy(balance, row)
    if differs:
        await _owe_recount(work, row)
    elif differs is not None:
        await _settle_recounts(work, row, caller.subject)
    return row


async def _owe_recount(work: Work, row: LedgerRow) -> None:
    """Open a task named by the count: a lot's own number is a word that somebody typed, and no event carries one."""
    stage = overdue_stage("prescriber", "clinician", work.now + COUNTED_AGAIN_WITHIN, work.now)
    await obligations.open(
        work,
        site=row.site,
        kind=DISCREPANCY,
        item=str(row.id),
        owner=stage.owner,
        stage=stage.name,
        deadline=stage.deadline,
        wake_at=stage.wake_at,
        data={"lot": row.lot},
    )


async def _settle_recounts(work: Work, row: LedgerRow, by: str) -> None:
    for task in await obligations.all_open(work, kind=DISCREPANCY, lock=True):
        if (task.site, task.data["lot"]) == (row.site, row.lot):
            await obligations.close(work, task, closure="counted_again", closed_by=by)
