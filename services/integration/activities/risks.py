"""Risk: raised by a rule, screened, decided by a clinician; never closed by the machine."""

from datetime import timedelta
from typing import Protocol as Shape
from uuid import UUID

from uuid_utils.compat import uuid7

from services.integration.domain import c_ssrs
from services.integration.domain import risk as rules
from services.integration.domain.c_ssrs import Screener
from services.integration.domain.risk import Risk
from services.integration.storage import risks
from services.integration.storage.owed import obligations, stand
from services.integration.storage.pinned import Pinned, protocol_of
from shared.events.integration import RiskClosed, RiskRaised
from shared.obligation import Obligation
from shared.protocol.care import Risk as RiskRules
from shared.protocol.care import RiskResponse
from shared.protocol.library import ProtocolGone
from shared.refusal import not_found
from shared.work import Work


class Signalling(Pinned, Shape):
    """What risk can arise from: a check-in, a measure."""

    @property
    def program_id(self) -> UUID: ...
    @property
    def item(self) -> str: ...
    @property
    def site(self) -> str: ...


def rules_of(work: Work, of: Signalling) -> RiskRules:
    """Return what the protocol says about risk; raise ProtocolGone when it cannot be read."""
    return protocol_of(work, of).risk


def _screened_within(work: Work, of: Signalling) -> timedelta:
    """Return how soon the screener is owed: at once where the protocol cannot be read. The risk is raised anyway."""
    try:
        return rules_of(work, of).c_ssrs_within.value
    except ProtocolGone:
        return timedelta(0)


async def raise_risk(work: Work, of: Signalling, *, why: str, screen: bool) -> UUID | None:
    """Raise a risk, unless one of this item is open: a clinician owes a decision, and a screener if `screen`.

    Until a screener has told the level, the decision is owed as soon as the screener would be.
    """
    risk = Risk(
        risk_id=uuid7(),
        program_id=of.program_id,
        site=of.site,
        item=of.item,
        why=why,
        protocol_id=of.protocol_id,
        protocol_version=of.protocol_version,
        protocol_hash=of.protocol_hash,
        raised_at=work.now,
        level=None,
        closed_at=None,
        closed_by=None,
        decision=None,
    )
    if not await risks.add(work.connection, risk):
        return None
    deadline = work.now + _screened_within(work, of)
    for kind in ("risk", "c_ssrs") if screen else ("risk",):
        await obligations.open(
            work,
            site=of.site,
            program_id=of.program_id,
            kind=kind,
            item=str(risk.risk_id),
            owner="clinician",
            deadline=deadline,
        )
    await work.emit(RiskRaised(program_id=of.program_id, risk_id=risk.risk_id, item=of.item), site=of.site)
    return risk.risk_id


async def locked(work: Work, risk_id: UUID) -> tuple[Risk, Obligation | None, Obligation | None]:
    """The risk and what is owed of it (the screener, the decision), locked for a change."""
    seen = await risks.get(work.connection, risk_id)
    if seen is None:
        raise not_found("risk", risk_id)
    screener = await obligations.find(work, "c_ssrs", str(risk_id), seen.program_id)
    decision = await obligations.find(work, "risk", str(risk_id), seen.program_id)
    risk = await risks.lock(work, risk_id)
    assert risk is not None
    return risk, screener, decision


async def screen(work: Work, risk_id: UUID, screener: Screener, recorded_by: str) -> RiskResponse:
    """Keep a C-SSRS screener; its level sets how soon a decision is owed, and whether somebody is paged again."""
    risk, screener_owed, decision_owed = await locked(work, risk_id)
    rules.check_open(risk)
    c_ssrs.check(screener)
    level = c_ssrs.level(screener)
    await risks.keep_screener(work.connection, risk, screener, level, recorded_by, work.now)
    if screener_owed:
        await obligations.close(work, screener_owed, closure="screened", closed_by=recorded_by)
    response = next(r for r in rules_of(work, risk).responses if r.level == level)
    if decision_owed:
        deadline = work.now + response.task_within
        await obligations.move(work, decision_owed, wake_at=deadline, deadline=deadline, stage="screened")
    if response.page:
        again = RiskRaised(program_id=risk.program_id, risk_id=risk_id, item=f"c_ssrs:{risk.item}")
        await work.emit(again, site=risk.site)
    return response


async def decide(work: Work, risk_id: UUID, decision: str, decided_by: str) -> Risk:
    """A clinician decides what the signal means: the next dose no longer waits for it."""
    risk, screener_owed, decision_owed = await locked(work, risk_id)
    rules.check_closing(risk, screener_owed is not None)
    await risks.close(work.connection, risk, decision, decided_by, work.now)
    if decision_owed:
        await obligations.close(work, decision_owed, closure="decided", closed_by=decided_by)
    await work.emit(RiskClosed(program_id=risk.program_id, risk_id=risk_id, item=risk.item), site=risk.site)
    return risk


async def escalate_risk(work: Work, obligation: Obligation) -> None:
    """Rules `risk` and `c_ssrs`: overdue, it goes on to the next who may decide, and stays open."""
    risk = await risks.get(work.connection, UUID(obligation.item))
    assert risk is not None
    standing = rules.overdue(rules_of(work, risk), obligation.owner, obligation.deadline, work.now)
    await stand(work, obligation, standing)
