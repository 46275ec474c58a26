"""Somebody called a person whose check-in is not answered."""

from uuid import UUID

from services.integration.commands.answer_check_in import Reached
from services.integration.commands.close_check_in import close_check_in
from services.integration.commands.locked import locked_check_in
from services.integration.commands.raise_risk import raise_risk
from services.integration.storage import check_ins
from services.integration.storage.check_ins import Call
from shared.auth import Principal
from shared.work import Work


async def record_call(
    work: Work, program_id: UUID, item: str, caller: Principal, *, reached: bool, outcome: str | None, risk: bool
) -> Reached:
    """Keep a call; one that reached the person closes the check-in, one that heard of danger raises a risk.

    Refused: `not_found`, `check_in_closed`.
    """
    check_in = await locked_check_in(work, program_id, item)
    await check_ins.keep_call(work.connection, check_in, Call(reached, outcome, work.now, caller.subject))
    if reached:
        await close_check_in(work, check_in, "reached", caller.subject)
    raised = await raise_risk(work, check_in, why="check_in:call", screen=False) if risk else None
    return Reached(check_in, raised)
