"""A clinician decides on a risk, signed: the next dose no longer waits for it."""

from uuid import UUID

from services.integration.commands.locked import locked_risk
from services.integration.commands.sign_decision import Signature, sign_decision
from services.integration.domain.risk import check_closing
from services.integration.storage import obligations, risks
from shared.auth import Principal
from shared.events.integration import RiskClosed
from shared.work import Work


async def decide_risk(
    work: Work, risk_id: UUID, decision: str, caller: Principal, *, reason: str, signature: Signature
) -> str:
    """Close the risk and sign what was decided; return the signature's proof.

    Refused: `not_found`, `risk_closed`, `c_ssrs_owed`.
    """
    risk, screener_owed, decision_owed = await locked_risk(work, risk_id)
    check_closing(risk, screener_owed is not None)
    await risks.close(work.connection, risk, decision, caller.subject, work.now)
    if decision_owed:
        await obligations.close(work, decision_owed, closure="decided", closed_by=caller.subject)
    await work.emit(RiskClosed(program_id=risk.program_id, risk_id=risk_id, item=risk.item), site=risk.site)
    content = {"decision": decision, "reason": reason, "level": risk.level}
    return await sign_decision(work, risk, caller, signature, subject=f"risk:{risk_id}", content=content)
