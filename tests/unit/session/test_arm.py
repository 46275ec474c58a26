"""An arm is assigned once, is never guessed, and bounds the dose."""

from datetime import date
from typing import Any

import pytest

from services.session.domain.arm import may_be_assigned, ranges_of
from services.session.domain.dose import check_order
from shared.refusal import Refused
from tests.lib.arms import HIGHER, LOWER, with_arms
from tests.unit.session.day import DOSING, PROTOCOL, order
from tests.unit.session.test_decision import ready
from tests.unit.session.test_may_give import of_a_dose, of_a_go, proved, rules

ARMED = with_arms(PROTOCOL)
assert ARMED.dosing is not None
ARMS = ARMED.dosing
TODAY = date(2030, 1, 8)
IM = ARMED.routes_of("dose:1")


@pytest.mark.parametrize(("assigned", "still_to_be"), [(None, True), (LOWER, False), ("of an earlier version", True)])
def test_an_arm_is_assigned_once_and_said_again_changes_nothing(assigned: str | None, still_to_be: bool) -> None:
    assert may_be_assigned(ARMS, LOWER, assigned) is still_to_be


def test_another_arm_is_not_assigned() -> None:
    with pytest.raises(Refused, match="this person is in 'higher': an arm is assigned once") as refused:
        may_be_assigned(ARMS, LOWER, HIGHER)
    assert (refused.value.rule, refused.value.status) == ("arm_assigned", 409)


def test_an_unknown_arm_is_refused_with_the_near_miss() -> None:
    with pytest.raises(Refused, match=r"has lower, higher; did you mean 'lower'\?") as refused:
        may_be_assigned(ARMS, "lowr", None)
    assert (refused.value.rule, refused.value.status, refused.value.field) == ("unknown_arm", 422, "arm")


def test_a_protocol_without_arms_assigns_none() -> None:
    with pytest.raises(Refused, match="no_arms"):
        may_be_assigned(DOSING, LOWER, None)
    assert ranges_of(DOSING, None) == DOSING.routes


@pytest.mark.parametrize(
    ("arm", "mg", "right"),
    [(LOWER, 35, True), (LOWER, 56, True), (LOWER, 57, False), (HIGHER, 62, False), (HIGHER, 63, True)],
)
def test_an_order_is_within_the_range_of_its_arm_although_the_protocols_is_wider(
    arm: str, mg: float, right: bool
) -> None:
    if right:
        check_order(ARMS, IM, arm, order(mg=mg), TODAY)
        return
    with pytest.raises(Refused) as refused:
        check_order(ARMS, IM, arm, order(mg=mg), TODAY)
    assert (refused.value.rule, refused.value.status) == ("dose_out_of_range", 422)


@pytest.mark.parametrize("arm", [None, "of an earlier version"])
def test_no_order_is_right_before_an_arm_is_assigned(arm: str | None) -> None:
    with pytest.raises(Refused, match="first assigns this person's arm, one of lower, higher") as refused:
        check_order(ARMS, IM, arm, order(), TODAY)
    assert (refused.value.rule, refused.value.status) == ("arm_not_assigned", 409)


@pytest.mark.parametrize("facts", [of_a_go, of_a_dose])
def test_neither_a_go_nor_a_dose_comes_before_the_arm(facts: Any) -> None:
    assert rules(facts(protocol=ARMED)) == ["arm_not_assigned"]
    assert rules(facts(protocol=ARMED, ready=ready(arm=HIGHER))) == []


def test_a_dose_of_another_arm_is_refused() -> None:
    assert rules(of_a_dose(protocol=ARMED, ready=ready(arm=LOWER))) == ["dose_out_of_range"]


def test_the_proof_of_a_dose_reads_the_arm_of_then() -> None:
    then = {"protocol": ARMED, "at_decision": ready(arm=HIGHER), "at_dose": ready(arm=HIGHER)}
    assert proved(**then) == ()
    assert proved(**then | {"at_decision": ready()}) == ("arm_not_assigned",)
    assert proved(**then | {"at_dose": ready(arm=LOWER)}) == ("dose_out_of_range",)
