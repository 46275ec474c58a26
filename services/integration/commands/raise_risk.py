"""What a person answered or said signals risk: a clinician owes a decision, and the next dose waits for it."""

from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from services.integration.domain.check_ins import CheckIn
from services.integration.domain.measures import Measure
from services.integration.domain.risk import Risk
from services.integration.storage import obligations, risks
from services.integration.storage.pinned import protocol_of
from shared.events.integration import RiskRaised
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def raise_risk(work: Work, of: CheckIn | Measure, *, why: str, screen: bool) -> UUID | None:
    """Raise a risk, unless one of this item is open; return its id. With `screen` a C-SSRS screener is owed too.

    Until a screener has told the level, the decision is owed as soon as the screener would be (protocol:
    `risk.c_ssrs_within`). The machine never closes a risk.
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


def _screened_within(work: Work, of: CheckIn | Measure) -> timedelta:
    """Return how soon the screener is owed: at once where the protocol cannot be read. The risk is raised anyway."""
    try:
        return protocol_of(work, of).risk.c_ssrs_within.value
    except ProtocolGone:
        return timedelta(0)
