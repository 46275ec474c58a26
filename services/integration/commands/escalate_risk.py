"""A risk or its screener is overdue: it goes to the next who may decide, and stays open."""

from uuid import UUID

from services.integration.commands.chase import stand
from services.integration.domain.risk import overdue
from services.integration.storage import risks
from services.integration.storage.pinned import protocol_of
from shared.obligation import Obligation
from shared.work import Work


async def escalate_risk(work: Work, obligation: Obligation) -> None:
    """Give the task to the next role of the protocol's `risk.escalation` that may decide."""
    risk = await risks.get(work.connection, UUID(obligation.item))
    assert risk is not None
    rules = protocol_of(work, risk).risk
    await stand(work, obligation, overdue(rules, obligation.owner, obligation.deadline, work.now))
