"""What a dose rests on, looked at again: the day's own rules on what was known then. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.session.domain.decision import (
    Decision,
    Readiness,
    dosing_of,
    local_refusals,
    must_be_valid_go,
    reason_that_stands,
)
from services.session.domain.dose import Dose, check_history, check_order, check_verifier
from shared.protocol import Protocol
from shared.refusal import Refused


@dataclass(frozen=True)
class Basis:
    """What session knew: at the decision, and at the dose. `day` is the date on the wall at the site."""

    decision: Decision
    at_decision: Readiness
    at_dose: Readiness
    given_before: Sequence[Dose]
    day: date


def refusals(protocol: Protocol, dose: Dose, basis: Basis, authorities: Collection[str]) -> tuple[str, ...]:
    """The names of the rules that spoke against the decision or the dose; none = it was right to give it.

    The reason that a prescriber wrote is taken as one: whether it was good is not a rule's to say.
    """
    dosing = dosing_of(protocol)
    checks: tuple[Callable[[], object], ...] = (
        lambda: must_be_valid_go(basis.decision, list(authorities), dose.administered_at),
        lambda: check_order(dosing, protocol.routes_of(dose.item), dose.order, basis.day),
        lambda: check_verifier(dosing, dose.administered_by, dose.verified_by),
        lambda: check_history(dosing, dose.item, basis.given_before, dose.administered_at),
    )
    broken = [
        *_of_the_day(protocol, basis.decision, basis.at_decision),
        *_of_the_day(protocol, basis.decision, basis.at_dose),
        *(rule for rule in map(_broken, checks) if rule),
    ]
    return tuple(dict.fromkeys(broken))


def _of_the_day(protocol: Protocol, decision: Decision, ready: Readiness) -> tuple[str, ...]:
    return local_refusals(protocol, ready, reason_that_stands(decision, ready.measured))


def _broken(check: Callable[[], object]) -> str | None:
    try:
        check()
    except Refused as refused:
        return refused.rule
    return None
