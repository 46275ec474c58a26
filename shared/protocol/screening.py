"""What a protocol says about screening and about who is better served in a group."""

from pydantic import Field

from shared.protocol.base import Cited, Key, Part, Sentence, Sourced, added, near_miss
from shared.protocol.expression import Expression
from shared.protocol.spans import Duration, Window
from shared.protocol.vocabulary import Condition, Modality, ScreeningOutcome


class OwnCondition(Sourced):
    """A coded condition that this program asks about beside those of every protocol; what it does its rules say."""

    id: Key = Field(description="the condition's id, as rules and answers name it")
    says: Sentence = Field(description="what the condition is")


class Rule(Sourced):
    """When `when` holds, the clinician reads `says`; `exclude` blocks until signed and never rejects by itself."""

    id: Key = Field(description="the rule's id")
    outcome: ScreeningOutcome = Field(description="what it does")
    when: Expression = Field(description="when it holds")
    says: Sentence = Field(description="what the clinician reads")


class ModalityRule(Sourced):
    """The first rule that holds suggests how the person is best served; a clinician decides."""

    id: Key = Field(description="the rule's id")
    suggests: Modality = Field(description="what it suggests")
    when: Expression = Field(description="when it holds")
    says: Sentence = Field(description="what the clinician reads")


class Screening(Part):
    """Durations count from the referral, except `review_within`, which counts from the submitted forms."""

    forms_within: Cited[Window] = Field(description="the time to complete the forms, after the referral")
    form_reminders: tuple[Duration, ...] = Field(
        default=(), max_length=20, description="the reminders of the forms, after the referral"
    )
    review_within: Cited[Window] = Field(description="the clinician's time to review the forms")
    decision_valid_for: Cited[Window] | None = Field(
        default=None, description="how long a screening decision stays valid"
    )
    conditions: tuple[OwnCondition, ...] = added(
        default=(), max_length=100, description="the conditions of this program's own"
    )
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=300, description="the screening rules")
    modality: tuple[ModalityRule, ...] = Field(
        default=(), max_length=100, description="what suggests a group or individual care"
    )
    default_modality: Modality = Field(default=Modality.GROUP, description="what is suggested when no rule holds")

    def unknown_condition(self, code: str) -> str | None:
        """Say that this protocol does not know a condition, with the near miss; None when it does."""
        known = [*(word.value for word in Condition), *(own.id for own in self.conditions)]
        if code in known:
            return None
        sentence = f"{str(code)!r} is neither a condition of every protocol nor one of this protocol's own"
        return f"{sentence}{near_miss(code, known)}"
