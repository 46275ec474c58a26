"""The screening forms that a person still owes, and how their clock stands."""

from datetime import datetime
from uuid import UUID

from services.intake.domain.clocks import FORMS, Asked
from services.intake.storage import obligations
from shared.obligation import Obligation
from shared.work import Work


async def owed(work: Work, program_id: UUID) -> Obligation | None:
    """Return the forms that this person still owes, locked; None when they owe none."""
    return next(iter(await obligations.all_open(work, program_id=program_id, kind=FORMS, lock=True)), None)


def asked(owed: Obligation) -> Asked:
    """Return how the clock of these forms stands."""
    told_at = owed.data.get("told_at")
    return Asked(
        owed_since=owed.opened_at,
        told_at=datetime.fromisoformat(told_at) if told_at else None,
        reminded=owed.data.get("reminded", 0),
        unheard=owed.data.get("unheard", 0),
    )
