"""A clinician ends a check-in that nobody answered: it is closed, or the person is visited."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from services.integration.commands.close_check_in import close_check_in
from services.integration.commands.locked import locked_check_in
from services.integration.commands.sign_decision import Signature, sign_decision
from shared.auth import Principal
from shared.events.integration import CheckInClosure
from shared.vocabulary import total
from shared.work import Work

DecisionWord = Literal["close", "welfare_check"]
CLOSURES: Mapping[DecisionWord, CheckInClosure] = total(
    DecisionWord, {"close": "clinician_closed", "welfare_check": "welfare_check"}
)


async def decide_check_in(
    work: Work,
    program_id: UUID,
    item: str,
    decision: DecisionWord,
    caller: Principal,
    *,
    reason: str,
    signature: Signature,
) -> tuple[CheckInClosure, str]:
    """Sign the decision and close the check-in; return how, and the signature's proof.

    Refused: `not_found`, `check_in_closed`.
    """
    check_in = await locked_check_in(work, program_id, item)
    content = {"decision": decision, "reason": reason}
    proof = await sign_decision(work, check_in, caller, signature, subject=item, content=content)
    await close_check_in(work, check_in, CLOSURES[decision], caller.subject)
    return CLOSURES[decision], proof
