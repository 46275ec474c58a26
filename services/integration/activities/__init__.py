"""What integration does in a unit of work, and the rules of what it owes: what happens when it is time."""

from collections.abc import Mapping

from services.integration.activities.check_ins import chase_check_in
from services.integration.activities.circles import escalate_close, record_no_shows
from services.integration.activities.measures import chase_measure
from services.integration.activities.risks import escalate_risk
from shared.obligation import Rule

RULES: Mapping[str, Rule] = {
    "attendance": record_no_shows,
    "circle_close": escalate_close,
    "check_in": chase_check_in,
    "measure": chase_measure,
    "risk": escalate_risk,
    "c_ssrs": escalate_risk,
}

__all__ = ["RULES"]
