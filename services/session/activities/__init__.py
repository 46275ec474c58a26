"""What session does when something owed has its time, and the steps that API and handlers share with that."""

from collections.abc import Callable, Sequence
from typing import Any

from services.session.activities.overdue import RULES
from services.session.storage import obligations
from shared.obligation_activities import ObligationActivities
from shared.service import Resources


def activities(resources: Resources) -> Sequence[Callable[..., Any]]:
    """Return the activities of session's worker."""
    return ObligationActivities(resources.open_work, obligations, RULES).all
