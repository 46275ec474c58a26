"""What happens when the moment of one of intake's obligations comes: each kind and the command that acts then."""

from services.intake.commands.chase_forms import chase_forms
from services.intake.commands.escalate_review import escalate_review
from services.intake.commands.look_for_duplicates import escalate_duplicate
from services.intake.domain.clocks import FORMS, REVIEW
from services.intake.domain.identity import POSSIBLE_DUPLICATE
from shared.obligation import Rule

RULES: dict[str, Rule] = {FORMS: chase_forms, REVIEW: escalate_review, POSSIBLE_DUPLICATE: escalate_duplicate}
