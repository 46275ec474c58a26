"""What several commands do with a chase: owe what a person is asked, and move it to where its ladder stands."""

from services.integration.domain.check_ins import CheckIn
from services.integration.domain.ladder import Standing
from services.integration.domain.measures import Measure
from services.integration.storage import obligations
from shared.obligation import Obligation
from shared.obligation_kinds import Kind
from shared.work import Work

BY_LEAVING = "rule:program_left"
"""Who closed what a person is not asked any more, because they left."""


async def owe(work: Work, of: CheckIn | Measure, kind: Kind, standing: Standing) -> None:
    """Owe what a person is asked; what was closed when they left is owed again, and chased from where it stands now."""
    for closed in await obligations.closed_as(work, "program_closed", program_id=of.program_id, kind=kind):
        if closed.item == of.item:
            await obligations.reopen(work, closed, deadline=standing.deadline, wake_at=work.now)
            return
    await obligations.open(
        work,
        site=of.site,
        program_id=of.program_id,
        kind=kind,
        item=of.item,
        owner=standing.owner,
        stage=standing.stage,
        deadline=standing.deadline,
        wake_at=standing.wake_at,
    )


async def stand(work: Work, obligation: Obligation, standing: Standing) -> None:
    """Move an obligation to where its chase stands."""
    await obligations.move(
        work,
        obligation,
        wake_at=standing.wake_at,
        stage=standing.stage,
        owner=standing.owner,
        deadline=standing.deadline,
    )
