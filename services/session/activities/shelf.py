"""The shelf: movements of controlled substances, and what a count does not find there."""

from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from services.session.activities.owed import move as move_task
from services.session.activities.owed import obligations
from services.session.domain.stage import overdue_stage
from services.session.domain.substance import COUNTED_AGAIN_WITHIN, LedgerRow, check_witness, discrepancy
from services.session.storage import doses, second_persons
from shared.auth import Principal
from shared.obligation import Obligation
from shared.work import Work

DISCREPANCY: Final = "substance_discrepancy"


async def move(work: Work, caller: Principal, *, witness_id: UUID | None, **movement: Any) -> LedgerRow:
    """Append a movement of the caller's. A count that differs from the ledger opens a task, one that agrees ends it."""
    await doses.lock_lot(work, movement["site"], movement["lot"])
    witness = await second_persons.get_witness(work, witness_id) if witness_id else None
    seen_by = witness.by if witness else None
    row = LedgerRow(id=uuid7(), at=work.now, by=caller.subject, witness=seen_by, witness_id=witness_id, **movement)
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


async def chase_recount(work: Work, obligation: Obligation) -> None:
    """Rule of `substance_discrepancy`: past its deadline the clinician sees to it."""
    await move_task(work, obligation, overdue_stage("prescriber", "clinician", obligation.deadline, work.now))
