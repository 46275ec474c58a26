"""Risk over HTTP: for those who may decide on it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.integration.api.models import Deciding, Decision, Proof, Signature, Text
from services.integration.commands.decide_risk import decide_risk
from services.integration.commands.screen_risk import screen_risk
from services.integration.domain.c_ssrs import Screener
from services.integration.storage import risks
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.paging import InPages, Paged
from shared.protocol.vocabulary import RiskLevel
from shared.request_body import RequestBody

router = Router(prefix="/risks", tags=["risk"])


class RiskView(BaseModel):
    """A risk. `why` names the rule that raised it; `level` is the newest C-SSRS screener's."""

    risk_id: UUID
    program_id: UUID
    site: str
    item: str
    why: str
    raised_at: datetime
    level: RiskLevel | None
    closed_at: datetime | None
    decision: str | None


class Risks(Paged):
    items: list[RiskView]


class ScreenerAnswers(RequestBody):
    """C-SSRS screener. «No» to `q2` skips `q3`–`q5`; `q6_recent` (within three months) is asked when `q6` is «yes»."""

    q1: bool
    q2: bool
    q3: bool | None = None
    q4: bool | None = None
    q5: bool | None = None
    q6: bool
    q6_recent: bool | None = None


class ScreenerBody(RequestBody):
    answers: ScreenerAnswers


class Screened(BaseModel):
    """The level, and what the person's protocol asks for at it."""

    risk_id: UUID
    level: RiskLevel
    page: bool
    hold_dosing: bool


class RiskDecision(RequestBody):
    """What was decided, in a word such as `no_concern`, `safety_plan`, `referred`, `emergency_care`; and why."""

    decision: Decision
    reason: Text
    signature: Signature


class Closed(Proof):
    risk_id: UUID
    decision: str


@router.get("")
async def list_risks(
    caller: Annotated[Principal, allow("clinician", "prescriber", "auditor")],
    work: InWork,
    page: InPages,
    open: bool | None = None,
    program_id: UUID | None = None,
) -> Risks:
    """Risks by the time they were raised; `open=true` for those that wait for a decision."""
    found = await risks.listed(work.connection, program_id, open, page)
    items = [RiskView.model_validate(risk, from_attributes=True) for risk in found]
    return Risks(items=items, next=page.next([risk.risk_id for risk in found]))


@router.post("/{risk_id}/c-ssrs")
async def record_screener(caller: Deciding, work: InWork, risk_id: UUID, body: ScreenerBody) -> Screened:
    """A clinician asks the C-SSRS screener. Refused: `risk_closed`, `answer_missing`, `skipped_question`."""
    screener = Screener(**body.answers.model_dump())
    response = await screen_risk(work, risk_id, screener, caller)
    return Screened(risk_id=risk_id, level=response.level, page=response.page, hold_dosing=response.hold_dosing)


@router.post("/{risk_id}/close")
async def close_risk(caller: Deciding, work: InWork, risk_id: UUID, body: RiskDecision) -> Closed:
    """A clinician decides, signed: the next dose no longer waits for it. Refused: `c_ssrs_owed`, `risk_closed`."""
    reason, signature = body.reason, body.signature.given()
    proof = await decide_risk(work, risk_id, body.decision, caller, reason=reason, signature=signature)
    return Closed(risk_id=risk_id, decision=body.decision, sha256=proof)
