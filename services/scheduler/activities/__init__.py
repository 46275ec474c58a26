"""What performs the scheduler's steps."""

from collections.abc import Callable, Sequence
from typing import Any

from services.scheduler.activities.cohort import CohortActivities
from services.scheduler.activities.overdue import RULES
from services.scheduler.activities.program import ProgramActivities
from services.scheduler.storage import obligations
from shared.obligation import ObligationActivities
from shared.service import Resources


def activities(resources: Resources) -> Sequence[Callable[..., Any]]:
    """Everything that the scheduler's worker can do."""
    return [
        ProgramActivities(resources.open_work).advance,
        CohortActivities(resources.open_work).advance,
        ObligationActivities(resources.open_work, obligations, RULES).advance,
    ]
