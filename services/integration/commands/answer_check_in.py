"""A participant answers a check-in; what signals risk raises one at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.integration.commands.close_check_in import close_check_in
from services.integration.commands.locked import locked_check_in
from services.integration.commands.raise_risk import raise_risk
from services.integration.domain.check_ins import CheckIn, signals
from services.integration.storage import check_ins
from services.integration.storage.pinned import check_ins_of
from shared.auth import Principal
from shared.work import Work


@dataclass(frozen=True)
class Reached:
    """The check-in that somebody answered or was called for, and the risk that was raised by it, if one was."""

    check_in: CheckIn
    risk_id: UUID | None


async def answer_check_in(
    work: Work, program_id: UUID, item: str, answers: Mapping[str, int], caller: Principal
) -> Reached:
    """Keep the answers and close the check-in.

    Refused: `not_found`, `check_in_closed`, `unknown_question`, `out_of_range`, `answer_missing`, and while its
    protocol cannot be read.
    """
    check_in = await locked_check_in(work, program_id, item)
    signalled = signals(check_ins_of(work, check_in), answers)
    await check_ins.keep_answers(work.connection, check_in, answers, caller.subject, work.now)
    await close_check_in(work, check_in, "answered", caller.subject)
    if not signalled:
        return Reached(check_in, None)
    return Reached(check_in, await raise_risk(work, check_in, why=f"check_in:{signalled[0]}", screen=False))
