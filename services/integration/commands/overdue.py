"""What happens when the moment of one of integration's obligations comes: each kind and the command that acts then."""

from services.integration.commands.chase_check_in import chase_check_in
from services.integration.commands.chase_measure import chase_measure
from services.integration.commands.close_circle import escalate_close
from services.integration.commands.escalate_risk import escalate_risk
from services.integration.commands.record_attendance import record_no_shows
from shared.obligation import Rule

RULES: dict[str, Rule] = {
    "attendance": record_no_shows,
    "circle_close": escalate_close,
    "check_in": chase_check_in,
    "measure": chase_measure,
    "risk": escalate_risk,
    "c_ssrs": escalate_risk,
}
