"""What happens when one of the scheduler's obligations reaches its deadline: it grows, it never goes away."""

from datetime import timedelta

from services.scheduler.storage import obligations
from shared.obligation import Obligation, Rule
from shared.protocol.words import Role
from shared.work import Work

AGAIN_AFTER = timedelta(days=1)
"""An overdue obligation is looked at every day; its owner is the clinician from then on (convention)."""


async def overdue(work: Work, obligation: Obligation) -> None:
    """The deadline passed without a closure: the clinician owns it now, and is reminded daily by the task list."""
    await obligations.move(work, obligation, stage="overdue", owner=Role.CLINICIAN, wake_at=work.now + AGAIN_AFTER)


RULES: dict[str, Rule] = dict.fromkeys(("absence", "withdrawal_review", "orphan_fact", "cohort_below_minimum"), overdue)
