"""A clinician asks the C-SSRS screener: its level says how soon a decision is owed, and whether somebody is paged."""

from uuid import UUID

from services.integration.commands.locked import locked_risk
from services.integration.domain import c_ssrs
from services.integration.domain.c_ssrs import Screener
from services.integration.domain.risk import check_open
from services.integration.storage import obligations, risks
from services.integration.storage.pinned import protocol_of
from shared.auth import Principal
from shared.events.integration import RiskRaised
from shared.protocol.care import RiskResponse
from shared.work import Work


async def screen_risk(work: Work, risk_id: UUID, screener: Screener, caller: Principal) -> RiskResponse:
    """Keep the answers; return what the protocol asks for at their level (`risk.responses`).

    Refused: `not_found`, `risk_closed`, `answer_missing`, `skipped_question`.
    """
    risk, screener_owed, decision_owed = await locked_risk(work, risk_id)
    check_open(risk)
    c_ssrs.check(screener)
    level = c_ssrs.level(screener)
    await risks.keep_screener(work.connection, risk, screener, level, caller.subject, work.now)
    if screener_owed:
        await obligations.close(work, screener_owed, closure="screened", closed_by=caller.subject)
    response = next(r for r in protocol_of(work, risk).risk.responses if r.level == level)
    if decision_owed:
        deadline = work.now + response.task_within
        await obligations.move(work, decision_owed, wake_at=deadline, deadline=deadline, stage="screened")
    if response.page:
        again = RiskRaised(program_id=risk.program_id, risk_id=risk_id, item=f"c_ssrs:{risk.item}")
        await work.emit(again, site=risk.site)
    return response
