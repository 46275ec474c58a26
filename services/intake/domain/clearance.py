"""Intake's part of «may this person have this dose now»: a decision that is valid, and agreements that stand."""

from collections.abc import Iterable
from datetime import datetime

from services.intake.domain.agreement import Line, standing
from services.intake.domain.decision import Decision
from services.intake.domain.referral import Referral, State
from shared.protocol import Protocol

UNKNOWN_PROGRAM = "program_unknown"


def refusals(
    referral: Referral,
    decision: Decision | None,
    ledger: Iterable[Line],
    protocol: Protocol,
    now: datetime,
    *,
    reopened: bool = False,
) -> tuple[str, ...]:
    """Return the rules that stand in the way; none = cleared. What was decided is read, never evaluated again here.

    `reopened`: what the decision rested on was corrected after it was signed, so it clears nothing until it is again.
    Agreements are those of the protocol's `cohort.start_needs`; the decision expires by `screening.decision_valid_for`.
    """
    refused = []
    if decision is not None and reopened:
        refused.append("screening_reopened")
    elif referral.state != State.ELIGIBLE or decision is None:
        refused.append("screening_not_eligible")
    elif decision.expired(protocol.screening, now):
        refused.append("screening_expired")
    if protocol.dosing is None:
        refused.append("protocol_without_doses")
    signed = {line.kind for line in standing(ledger)}
    refused += [f"agreement_missing:{kind}" for kind in protocol.cohort.start_needs if kind not in signed]
    return tuple(refused)


def valid_until(decision: Decision | None, protocol: Protocol, now: datetime) -> datetime:
    """Return the protocol's `dosing.clearance_valid_for` from now on, but no longer than the decision itself."""
    if protocol.dosing is None:
        return now
    until = now + protocol.dosing.clearance_valid_for.value
    ends_at = decision.ends_at(protocol.screening) if decision else None
    return min(until, ends_at) if ends_at else until
