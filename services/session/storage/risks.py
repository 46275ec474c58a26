"""The risks that nobody has decided on: the screeners of session days, and what integration raised."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.session.domain.checklist import SIGNALS
from services.session.storage.tables import arrival, integration_risk, suicidality_decision
from shared.work import Work


async def undecided(work: Work, program_id: UUID, at: datetime) -> int:
    """Return how many risks of one person were raised by then, on whatever day, and not decided on by then."""
    decided = select(suicidality_decision.c.id).where(
        suicidality_decision.c.session_id == arrival.c.session_id,
        suicidality_decision.c.program_id == arrival.c.program_id,
        suicidality_decision.c.decided_at <= at,
    )
    screened = select(func.count()).where(
        arrival.c.program_id == program_id,
        arrival.c.arrived_at <= at,
        arrival.c.checklist["c_ssrs"].astext.in_(SIGNALS),
        ~decided.exists(),
    )
    table = integration_risk.c
    still_open = or_(table.closed_at.is_(None), table.closed_at > at)
    heard = select(func.count()).where(and_(table.program_id == program_id, table.raised_at <= at, still_open))
    return sum([(await work.connection.execute(count)).scalar_one() for count in (screened, heard)])


async def hear(
    work: Work, site: str, program_id: UUID, risk_id: UUID, at: datetime, *, closed_at: datetime | None = None
) -> None:
    """Note that integration raised a risk, or closed it; in whatever order both are heard, closed is closed."""
    new = insert(integration_risk).values(
        risk_id=risk_id, program_id=program_id, site=site, raised_at=at, closed_at=closed_at
    )
    earliest = func.least(integration_risk.c.raised_at, new.excluded.raised_at)
    newest = func.coalesce(new.excluded.closed_at, integration_risk.c.closed_at)
    changed = {"raised_at": earliest, "closed_at": newest}
    await work.connection.execute(new.on_conflict_do_update(index_elements=["risk_id"], set_=changed))
