"""What a dose rests on, looked at again: the one rule of a dose, on what was known then. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.session.domain.decision import Decision, Readiness, reason_that_stands
from services.session.domain.dose import Dose, Verification
from services.session.domain.may_give import Facts, Giving, may_give
from shared.events.questions import AUTHORITIES, ClearanceAnswer
from shared.events.session import Clearance
from shared.protocol import Protocol


@dataclass(frozen=True)
class Basis:
    """What session knew: at the decision, and at the dose. `zone` says what day it was at the site."""

    decision: Decision
    at_decision: Readiness
    at_dose: Readiness
    given_before: Sequence[Dose]
    verification: Verification | None
    zone: str


def refusals(protocol: Protocol, dose: Dose, basis: Basis) -> tuple[str, ...]:
    """Return the names of the rules that spoke against the decision or the dose; none = it was right to give it.

    The reason that a prescriber wrote is taken as one: whether it was good is not a rule's to say. What the authorities
    answered is asked again at themselves.
    """
    decision = basis.decision
    decided = Facts(
        protocol=protocol,
        item=dose.item,
        now=decision.decided_at,
        zone=basis.zone,
        ready=basis.at_decision,
        given_before=[one for one in basis.given_before if one.administered_at < decision.decided_at],
        answers=_cleared(decision.clearances),
        reason=decision.reason,
    )
    given = Facts(
        protocol=protocol,
        item=dose.item,
        now=dose.administered_at,
        zone=basis.zone,
        ready=basis.at_dose,
        given_before=basis.given_before,
        answers=_cleared(dose.clearances),
        reason=reason_that_stands(decision, basis.at_dose.measured),
        giving=Giving(decision, dose.order, dose.administered_by, _as_kept(dose, basis.verification)),
    )
    return tuple(dict.fromkeys(refused.rule for facts in (decided, given) for refused in may_give(facts)))


def _as_kept(dose: Dose, verification: Verification | None) -> Verification | None:
    """Return the verification, if the dose names the person who made it."""
    return verification if verification and verification.by == dose.verified_by else None


def _cleared(clearances: Sequence[Clearance]) -> Mapping[str, ClearanceAnswer | None]:
    kept = {clearance.authority: ClearanceAnswer(refusals=(), **clearance.model_dump()) for clearance in clearances}
    return {authority: kept.get(authority) for authority in AUTHORITIES}
