"""What session does when something owed has its time, and the steps that API and handlers share with that."""

from collections.abc import Callable, Sequence
from typing import Any

from services.session.activities.attendance import end_attendance
from services.session.activities.closing import chase_closing
from services.session.activities.monitoring import chase_observations, chase_repeat, chase_suicidality
from services.session.activities.owed import obligations
from services.session.activities.shelf import DISCREPANCY, chase_recount
from shared.obligation import Rule
from shared.obligation_activities import ObligationActivities
from shared.service import Resources

RULES: dict[str, Rule] = {
    "attendance": end_attendance,
    "session_close": chase_closing,
    "vitals_repeat": chase_repeat,
    "observations": chase_observations,
    "suicidality": chase_suicidality,
    DISCREPANCY: chase_recount,
}


def activities(resources: Resources) -> Sequence[Callable[..., Any]]:
    """The activities of session's worker."""
    return ObligationActivities(resources.open_work, obligations, RULES).all
