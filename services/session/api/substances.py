"""The controlled-substance ledger."""

from dataclasses import asdict
from typing import Annotated

from fastapi import status
from uuid_utils.compat import uuid7

from services.session.api import answers, models
from services.session.domain.substance import LedgerRow, balances, check_witness
from services.session.storage import doses
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_site

router = Router(tags=["controlled substances"])


@router.post("/substance-ledger", status_code=status.HTTP_201_CREATED)
async def move_substance(
    body: models.Substance, caller: Annotated[Principal, allow("facilitator", "prescriber")], work: InWork
) -> answers.ShownLedgerRow:
    """Append a receipt, waste (with a witness), return or count, in mg by lot. Rows are never changed: a mistake is set
    right by another row. 422: `witness_missing`, `witness_same_person`."""
    own_site(caller, body.site)
    check_witness(body.movement, caller.subject, body.witness)
    row = LedgerRow(id=uuid7(), at=work.now, by=caller.subject, **body.model_dump())
    await doses.add_ledger_row(work, row)
    return answers.ShownLedgerRow(**asdict(row))


@router.get("/substance-ledger")
async def show_ledger(
    _: Annotated[Principal, allow("facilitator", "prescriber", "clinician", "coordinator", "auditor")],
    work: InWork,
    site: str | None = None,
    lot: str | None = None,
) -> answers.Ledger:
    """Every movement in its order, and each lot's balance in mg with the difference that the last count found."""
    rows = await doses.ledger_rows(work, site, lot)
    return answers.Ledger(
        items=[answers.ShownLedgerRow(**asdict(row)) for row in rows],
        balances=[answers.ShownBalance(**asdict(balance)) for balance in balances(rows)],
    )
