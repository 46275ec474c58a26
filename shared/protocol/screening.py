"""What a protocol says about screening and about who is better served in a group."""

from pydantic import Field

from shared.protocol.base import Cited, Duration, Key, Part, Sentence, Sourced
from shared.protocol.expression import Expression
from shared.protocol.words import Modality, ScreeningOutcome


class Rule(Sourced):
    """When `when` holds, the clinician reads `says`; `exclude` blocks until signed and never rejects by itself."""

    id: Key
    outcome: ScreeningOutcome
    when: Expression
    says: Sentence


class ModalityRule(Sourced):
    """The first rule that holds suggests how the person is best served; a clinician decides."""

    id: Key
    suggests: Modality
    when: Expression
    says: Sentence


class Screening(Part):
    """Durations count from the referral, except `review_within`, which counts from the submitted forms."""

    forms_within: Cited[Duration]
    form_reminders: tuple[Duration, ...] = ()
    review_within: Cited[Duration]
    decision_valid_for: Cited[Duration] | None = None
    rules: tuple[Rule, ...] = Field(min_length=1)
    modality: tuple[ModalityRule, ...] = ()
    default_modality: Modality = Modality.GROUP
