"""What the protocol's screening rules find in somebody's answers. Evaluation only: a clinician decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, assert_never

from services.intake.domain.referral import Pin
from shared.protocol import ScreeningAnswers, facts
from shared.protocol.expression import (
    AllOf,
    AnswerMissing,
    AnyOf,
    Expression,
    FactIs,
    HasCondition,
    Not,
    TakesMedication,
    UsesSubstance,
)
from shared.protocol.screening import ModalityRule, Rule, Screening
from shared.protocol.vocabulary import Modality, ScreeningOutcome


@dataclass(frozen=True)
class Finding:
    """A rule that holds: what it asks for (`outcome`), what the clinician reads (`says`), and where it is from."""

    rule_id: str
    outcome: ScreeningOutcome
    says: str
    source: str


@dataclass(frozen=True)
class Reason:
    """A rule on group or individual care that holds."""

    rule_id: str
    suggests: Modality
    says: str
    source: str


@dataclass(frozen=True)
class Evaluation:
    """Everything one protocol finds in one version of the answers, at one instant; kept, never recomputed."""

    pin: Pin
    answers_version: int
    evaluated_at: datetime
    findings: tuple[Finding, ...]
    suggested: Modality
    reasons: tuple[Reason, ...]

    @property
    def excludes(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.outcome == ScreeningOutcome.EXCLUDE)


def evaluate(screening: Screening, pin: Pin, answers: ScreeningAnswers, version: int, now: datetime) -> Evaluation:
    """Return the findings and the suggested modality; `now` is in the site's zone: its day counts for ages."""
    day = now.date()
    reasons = tuple(_reason(rule) for rule in screening.modality if holds(rule.when, answers, day))
    return Evaluation(
        pin=pin,
        answers_version=version,
        evaluated_at=now,
        findings=tuple(_finding(rule) for rule in screening.rules if holds(rule.when, answers, day)),
        suggested=reasons[0].suggests if reasons else screening.default_modality,
        reasons=reasons,
    )


def holds(expression: Expression, answers: ScreeningAnswers, on: date) -> bool:
    """Return whether an expression is true of the answers on a day. A missing answer satisfies no comparison."""
    match expression:
        case AnyOf():
            return any(holds(part, answers, on) for part in expression.any)
        case AllOf():
            return all(holds(part, answers, on) for part in expression.all)
        case Not():
            return not holds(expression.negated, answers, on)
        case AnswerMissing():
            return facts(answers, on)[expression.missing] is None
        case FactIs():
            return _compares(expression, facts(answers, on))
        case HasCondition():
            return any(
                had.code == expression.condition and expression.active in (None, had.active)
                for had in answers.conditions
            )
        case TakesMedication():
            return _takes(expression, answers, on)
        case UsesSubstance():
            return _uses(expression, answers, on)
        case _:
            assert_never(expression)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda answer, value: answer == value,
    "one_of": lambda answer, values: answer in values,
    "above": lambda answer, value: answer > value,
    "at_least": lambda answer, value: answer >= value,
    "below": lambda answer, value: answer < value,
    "at_most": lambda answer, value: answer <= value,
}


def _compares(expression: FactIs, known: Mapping[str, Any]) -> bool:
    answer = known[expression.fact]
    given = {name: value for name in _OPERATORS if (value := getattr(expression, name)) is not None}
    return answer is not None and all(_OPERATORS[name](answer, value) for name, value in given.items())


def _takes(expression: TakesMedication, answers: ScreeningAnswers, on: date) -> bool:
    """Count a listed medication without a last day as still taken."""
    within = expression.within
    return any(
        taken.medication_class == expression.medication_class
        and (within is None or taken.last_taken is None or (on - taken.last_taken).days <= within.count)
        for taken in answers.medications
    )


def _uses(expression: UsesSubstance, answers: ScreeningAnswers, on: date) -> bool:
    return any(
        expression.substance in ("any", use.code)
        and expression.active in (None, use.active)
        and (
            expression.remission_under is None
            or (use.remission_since is not None and (on - use.remission_since).days < expression.remission_under.count)
        )
        for use in answers.substances
    )


def _finding(rule: Rule) -> Finding:
    return Finding(rule.id, rule.outcome, rule.says, rule.source or "")


def _reason(rule: ModalityRule) -> Reason:
    return Reason(rule.id, rule.suggests, rule.says, rule.source or "")
