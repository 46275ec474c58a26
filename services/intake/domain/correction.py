"""What a correction touches: a decision stands for as long as what it was signed on stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.intake.domain.decision import Decision, may_be_dosed
from services.intake.domain.referral import Person, State
from services.intake.domain.screening import Evaluation

Cause = Literal["answers", "date_of_birth", "protocol"]


@dataclass(frozen=True)
class Reopening:
    """A signed decision stopped standing: because of what, when, and by whose correction."""

    cause: Cause
    at: datetime
    by: str


@dataclass(frozen=True)
class Touched:
    """What a correction touched: the new evaluation, and the signed decision, if it no longer stands."""

    state: State
    evaluation: Evaluation | None = None
    decision: Decision | None = None
    reopened: bool = False


def reopens(signed_on: Evaluation | None, anew: Evaluation) -> bool:
    """Return whether a decision signed on one evaluation has to be signed again because of a newer one.

    Other answers always do: nobody signs what they did not read. The same answers under another version of the protocol
    do when that version finds, or suggests, what the clinician had not seen; that fewer rules hold changes nothing.
    """
    if signed_on is None or signed_on.answers_version != anew.answers_version:
        return True
    seen = {(finding.rule_id, finding.outcome) for finding in signed_on.findings}
    found = {(finding.rule_id, finding.outcome) for finding in anew.findings}
    return bool(found - seen) or anew.suggested != signed_on.suggested


def changed_fields(before: Person, after: Person) -> tuple[str, ...]:
    """Return the names of the fields in which two records of a person differ."""
    return tuple(name for name in Person.__dataclass_fields__ if getattr(before, name) != getattr(after, name))


def sentences(touched: Touched) -> tuple[str, ...]:
    """Say to staff what a correction touched."""
    said = []
    if touched.evaluation:
        found = ", ".join(f"{finding.rule_id} ({finding.outcome})" for finding in touched.evaluation.findings)
        said.append(f"findings evaluated again: {found or 'none'}")
    if touched.decision:
        said.append(_of_the_decision(touched, touched.decision))
    return tuple(said)


def _of_the_decision(touched: Touched, decision: Decision) -> str:
    signed = f"the decision of {decision.signed.at:%Y-%m-%d} ({decision.decision})"
    if touched.reopened:
        return f"{signed} no longer stands: a clinician must sign again, and dose clearances are refused until then"
    if may_be_dosed(decision.decision):
        return f"{signed} still stands"
    return f"{signed} is final: refer the person again if this changes it"
