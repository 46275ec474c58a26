"""What was decided, and what is to be decided, about a cohort or a session of it with too few people."""

from uuid import UUID

from sqlalchemy import select

from services.scheduler.domain.quorum import BELOW_MINIMUM, BELOW_QUORUM, CHOICES, TAKES_PLACE, Shortage
from services.scheduler.storage import obligations
from services.scheduler.storage.cohorts import Cohort
from shared.obligation import Obligation, table
from shared.work import Work


async def of(work: Work, cohort_id: UUID) -> list[Obligation]:
    """Lock and return every such task of a cohort, the oldest first, open or closed."""
    asked = select(table.c.id).where(
        table.c.kind.in_((BELOW_MINIMUM, BELOW_QUORUM)), table.c.data["cohort_id"].astext == str(cohort_id)
    )
    ids = (await work.connection.execute(asked.order_by(table.c.opened_at, table.c.id))).scalars().all()
    return [await obligations.get(work, id) for id in ids]


def counted(cohort: Cohort, short: Shortage) -> dict[str, object]:
    """Return what a task keeps of its shortage: a decision is a decision about these numbers."""
    return {
        "cohort_id": str(cohort.id),
        "about": short.item,
        "expected": short.expected,
        "enrolled": short.enrolled,
    }


def is_about(task: Obligation, short: Shortage) -> bool:
    return (task.kind, task.data["about"]) == (short.kind, short.item)


def covers(task: Obligation, short: Shortage) -> bool:
    """Return whether somebody has decided: about this very thing, or to run with no more people than there are."""
    if task.closure not in CHOICES or (task.closure not in TAKES_PLACE and not is_about(task, short)):
        return False
    return bool(task.data["expected"] <= short.expected and task.data["enrolled"] <= short.enrolled)
