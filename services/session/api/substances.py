"""The controlled-substance ledger."""

from dataclasses import asdict
from typing import Annotated

from fastapi import status

from services.session.api import answers, models
from services.session.commands import move_substance as moving
from services.session.commands import witness_movement as witnessing
from services.session.domain.substance import balances
from services.session.storage import doses
from shared.auth import READERS, Principal
from shared.http import InWork, Router, allow, own_site
from shared.paging import InPages

router = Router(tags=["controlled substances"])


@router.post("/substance-ledger/witnesses", status_code=status.HTTP_201_CREATED)
async def witness_movement(
    body: models.Witnessed,
    caller: Annotated[Principal, allow("facilitator", "prescriber", "clinician")],
    work: InWork,
) -> answers.ShownWitness:
    """A second person, with their own login, says what they saw: this movement of this lot, in mg. The person who
    records it names this within a quarter of an hour, once."""
    own_site(caller, body.site)
    seen = await witnessing.witness_movement(work, caller, **body.model_dump())
    shown = {name: getattr(seen, name) for name in ("site", "movement", "lot", "mg")}
    return answers.ShownWitness(witness_id=seen.id, witnessed_at=seen.at, witnessed_by=seen.by, **shown)


@router.post("/substance-ledger", status_code=status.HTTP_201_CREATED)
async def move_substance(
    body: models.Substance, caller: Annotated[Principal, allow("facilitator", "prescriber")], work: InWork
) -> answers.ShownLedgerRow:
    """Append a receipt, waste (with a witness), return or count, in mg by lot. Rows are never changed: a mistake is set
    right by another row. A count that differs from the ledger is a prescriber's task until a later one agrees.
    Refused: `balance_below_zero`, `witness_differs`, `witness_out_of_date`, `witness_used`; 422: `witness_missing`,
    `witness_same_person`."""
    own_site(caller, body.site)
    moved = moving.Moved(**body.model_dump(exclude={"witness"}))
    row = await moving.move_substance(work, moved, caller, witness_id=body.witness)
    return answers.ShownLedgerRow(**asdict(row))


@router.get("/substance-ledger")
async def show_ledger(
    _: Annotated[Principal, allow(*READERS)],
    work: InWork,
    page: InPages,
    site: str | None = None,
    lot: str | None = None,
) -> answers.Ledger:
    """Every movement in its order, and each lot's balance in mg with the difference that the last count found."""
    rows = await doses.ledger_rows(work, site, lot)
    shown, behind = page.of(enumerate(rows), lambda numbered: (numbered[0],))
    return answers.Ledger(
        items=[answers.ShownLedgerRow(**asdict(row)) for _, row in shown],
        next=behind,
        balances=[answers.ShownBalance(**asdict(balance)) for balance in balances(rows)],
    )
