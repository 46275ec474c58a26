"""What several commands do with what session owes: open it, bring it to a stage, close it."""

from typing import Any
from uuid import UUID

from services.session.domain.roster import Session
from services.session.domain.stage import Stage
from services.session.storage import obligations
from shared.obligation import Obligation
from shared.obligation_kinds import Kind
from shared.work import Work


async def owe(
    work: Work, kept: Session, kind: Kind, item: str, stage: Stage, *, program_id: UUID | None = None, **data: Any
) -> None:
    """Open what is owed, or bring it to this stage when it is open already."""
    found = await obligations.find(work, kind, item, program_id)
    if found:
        await move(work, found, stage)
        return
    await obligations.open(
        work,
        site=kept.site,
        kind=kind,
        item=item,
        owner=stage.owner,
        deadline=stage.deadline,
        wake_at=stage.wake_at,
        stage=stage.name,
        program_id=program_id,
        data={"session_id": str(kept.id), **data},
    )


async def move(work: Work, obligation: Obligation, stage: Stage) -> None:
    """Bring it to this stage; only what becomes somebody else's is told, not every observation of a routine day."""
    await obligations.move(
        work,
        obligation,
        wake_at=stage.wake_at,
        stage=stage.name,
        owner=stage.owner,
        deadline=stage.deadline,
        tell=stage.owner != obligation.owner,
    )


async def settle(work: Work, kind: Kind, item: str, closure: str, by: str, program_id: UUID | None = None) -> None:
    """Close what is owed, if it is."""
    found = await obligations.find(work, kind, item, program_id)
    if found:
        await obligations.close(work, found, closure=closure, closed_by=by)


def session_of(obligation: Obligation) -> UUID:
    """Return the id of the session that an obligation belongs to."""
    return UUID(obligation.data["session_id"])
