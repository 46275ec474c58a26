"""Whether a person may have a dose: the one place that names everything in its way.

The go asks it before anybody draws up the dose, the dose asks it again, and a dose's proof asks it years later.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.session.domain.arm import ranges_of
from services.session.domain.decision import (
    Decision,
    Readiness,
    authority_refusals,
    dosing_of,
    local_refusals,
    must_be_valid_go,
)
from services.session.domain.dose import Dose, DoseOrder, Verification, check_history, check_order, check_verification
from shared.events.questions import AUTHORITIES, ClearanceAnswer
from shared.protocol import Protocol
from shared.refusal import Refused


@dataclass(frozen=True)
class Giving:
    """A dose that is about to be given: on which decision, which order, by whom, and who verified it."""

    decision: Decision | None
    order: DoseOrder
    given_by: str
    verification: Verification | None


@dataclass(frozen=True)
class Facts:
    """What is known when somebody asks. `giving` is None for a go, which rests on no order yet.

    `reason` is what the prescriber wrote and still speaks for; `zone` says what day it is at the site.
    """

    protocol: Protocol
    item: str
    now: datetime
    zone: str
    ready: Readiness
    given_before: Sequence[Dose]
    answers: Mapping[str, ClearanceAnswer | None]
    reason: str | None
    giving: Giving | None = None


def may_give(facts: Facts) -> tuple[Refused, ...]:
    """Return every rule that speaks against this dose; none = it may be given.

    An input that is wrong bears the status 422 and its field, everything else 409.
    """
    broken = [*_order(facts), *_basis(facts), *_history(facts)]
    named = (
        *authority_refusals(facts.answers, facts.now),
        *local_refusals(facts.protocol, facts.ready, facts.reason),
    )
    return (*broken, *(Refused(rule, f"a dose is refused by: {rule}") for rule in dict.fromkeys(named)))


def refuse(what: str, refusals: Sequence[Refused]) -> None:
    """Refuse with every rule's name; with a wrong input alone where there is one, for it is set right at once."""
    wrong = [one for one in refusals if one.status == 422]
    if wrong or len(refusals) == 1:
        raise (wrong or refusals)[0]
    if refusals:
        rules = ", ".join(dict.fromkeys(one.rule for one in refusals))
        raise Refused(rules, f"{what} is refused by: {rules}")


def _order(facts: Facts) -> Iterator[Refused]:
    """Check the order within the person's arm; a go knows no order yet, and needs the arm all the same."""
    dosing, arm = dosing_of(facts.protocol), facts.ready.arm
    if facts.giving is None:
        yield from _broken(lambda: ranges_of(dosing, arm))
        return
    order, today = facts.giving.order, facts.now.astimezone(ZoneInfo(facts.zone)).date()
    routes = facts.protocol.routes_of(facts.item)
    yield from _broken(lambda: check_order(dosing, routes, arm, order, today))


def _basis(facts: Facts) -> Iterator[Refused]:
    """Check the go that stands, and the verification that rests on it."""
    giving = facts.giving
    if giving is None:
        return
    if no_go := list(_broken(lambda: must_be_valid_go(giving.decision, AUTHORITIES, facts.now))):
        yield from no_go
        return
    assert giving.decision is not None
    decided_at = giving.decision.decided_at
    yield from _broken(
        lambda: check_verification(
            dosing_of(facts.protocol), giving.order, giving.given_by, giving.verification, decided_at
        )
    )


def _history(facts: Facts) -> Iterator[Refused]:
    yield from _broken(lambda: check_history(dosing_of(facts.protocol), facts.item, facts.given_before, facts.now))


def _broken(check: Callable[[], object]) -> Iterator[Refused]:
    try:
        check()
    except Refused as refused:
        yield refused
