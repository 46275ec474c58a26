"""A clinician decides an open withdrawal review. The machine opens it; only a clinician withdraws anybody."""

from typing import Literal
from uuid import UUID

from services.scheduler.commands.leave_program import record_leaving
from services.scheduler.commands.members import active, check_confirmed
from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import obligations, programs
from services.scheduler.storage.programs import Program
from shared.auth import Principal
from shared.refusal import Refused
from shared.work import Work

Choice = Literal["continue", "withdraw"]


async def decide_review(
    work: Work, program_id: UUID, decision: Choice, caller: Principal, *, reason: str, confirms: UUID | None
) -> Program:
    """Record the decision and close its task; `withdraw` ends the program.

    Refused: `program_not_active`, `no_review`, `not_confirmed`.
    """
    view = await active(work, program_id)
    review = next((key for key, decided in view.history.reviews.items() if decided is None), None)
    if review is None:
        raise Refused("no_review", "no withdrawal review is open for this program")
    if decision == "withdraw":
        check_confirmed(view.program, "withdrawn", confirms)
    data = {"by": caller.subject, "role": caller.role, "decision": decision, "reason": reason}
    key = f"decided:{review}"
    program = await programs.record(work, view.program, FactKind.REVIEW_DECIDED, review, key=key, data=data)
    task = await obligations.find(work, "withdrawal_review", review, program.id)
    if task:
        await obligations.close(work, task, closure=decision, closed_by=caller.subject)
    match decision:
        case "withdraw":
            return await record_leaving(work, program, "withdrawn", caller, reason)
        case "continue":
            return program
