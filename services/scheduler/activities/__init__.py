"""What performs the scheduler's steps."""

from collections.abc import Callable, Sequence
from typing import Any

from services.scheduler.activities.advance import Advance
from services.scheduler.commands.overdue import RULES
from services.scheduler.storage import obligations
from shared.obligation_activities import ObligationActivities
from shared.service import Resources


def activities(resources: Resources) -> Sequence[Callable[..., Any]]:
    """Everything that the scheduler's worker can do."""
    advance = Advance(resources.open_work)
    return [
        advance.program,
        advance.cohort,
        *ObligationActivities(resources.open_work, obligations, RULES).all,
    ]
