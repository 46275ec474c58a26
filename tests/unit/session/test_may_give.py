"""The one rule of a dose: the go, the dose and the proof ask it, and each names the same things."""

from dataclasses import replace
from typing import Any

import pytest

from services.session.domain.decision import Decision
from services.session.domain.may_give import Facts, Giving, may_give, refuse
from services.session.domain.proof import Basis, refusals
from shared.refusal import Refused
from tests.unit.session.day import DAY, MINUTE, NINE, PROTOCOL, checklist, dose, order, verification
from tests.unit.session.test_decision import a_go, answer, cleared, ready


def of_a_go(**changed: Any) -> Facts:
    known = {"protocol": PROTOCOL, "item": "dose:1", "now": NINE, "zone": "America/Vancouver", "ready": ready()}
    return Facts(**{**known, "given_before": [], "answers": cleared(), "reason": None, **changed})


def of_a_dose(**changed: Any) -> Facts:
    decision: Decision | None = changed.pop("decision", a_go())
    giving = {"decision": decision, "order": order(), "given_by": "p", "verification": verification()}
    return of_a_go(giving=Giving(**{name: changed.pop(name, value) for name, value in giving.items()}), **changed)


def rules(facts: Facts) -> list[str]:
    return [refused.rule for refused in may_give(facts)]


def test_what_nothing_speaks_against_may_be_given() -> None:
    assert (rules(of_a_go()), rules(of_a_dose())) == ([], [])


@pytest.mark.parametrize("facts", [of_a_go, of_a_dose])
@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"answers": cleared() | {"intake": None}}, "no_answer:intake"),
        ({"answers": cleared() | {"integration": answer("integration", "open_risk")}}, "open_risk"),
        ({"ready": ready(open_risks=1)}, "open_risk"),
        ({"ready": ready(checklist=checklist(fasted=False))}, "checklist:fasted"),
        ({"given_before": [dose("dose:1", at=NINE - 30 * DAY)]}, "already_dosed"),
        ({"item": "dose:2", "given_before": [dose("dose:1", at=NINE - 5 * DAY)]}, "minimum_interval"),
    ],
)
def test_the_go_and_the_dose_are_refused_by_the_same_rules(facts: Any, changed: dict[str, Any], refused: str) -> None:
    assert rules(facts(**changed)) == [refused]


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"order": order(mg=700.0)}, ["dose_out_of_range", "verification_differs"]),
        ({"verification": None}, ["verification_missing"]),
        ({"verification": verification(by="p")}, ["verifier_same_person"]),
        ({"decision": None, "verification": None}, ["no_go_decision"]),
        ({"decision": replace(a_go(), decision="no_go")}, ["no_go_decision"]),
    ],
)
def test_a_dose_rests_on_its_order_its_go_and_its_second_person(changed: dict[str, Any], refused: list[str]) -> None:
    assert rules(of_a_dose(**changed)) == refused


def test_a_wrong_input_is_refused_alone_and_everything_else_together() -> None:
    both = (Refused("open_risk", ""), Refused("held:circle:3", ""), Refused("open_risk", ""))
    with pytest.raises(Refused) as refused:
        refuse("a go", both)
    assert (refused.value.rule, refused.value.status) == ("open_risk, held:circle:3", 409)
    with pytest.raises(Refused) as refused:
        refuse("the dose", (*both, Refused("dose_out_of_range", "", status=422, field="mg")))
    assert (refused.value.rule, refused.value.field) == ("dose_out_of_range", "mg")
    refuse("the dose", ())


def proved(**changed: Any) -> tuple[str, ...]:
    """The proof of a dose that was given five minutes after its go, the authorities asked again."""
    at = NINE + 5 * MINUTE
    asked = tuple(one.model_copy(update={"answered_at": at}) for one in a_go().clearances)
    given = replace(dose(at=at), clearances=asked)
    basis = {
        "decision": a_go(),
        "at_decision": ready(),
        "at_dose": ready(),
        "given_before": [],
        "verification": verification(),
        "zone": "America/Vancouver",
    }
    return refusals(changed.pop("protocol", PROTOCOL), changed.pop("dose", given), Basis(**{**basis, **changed}))


def test_a_right_dose_is_proved() -> None:
    assert proved() == ()


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"at_decision": ready(open_risks=1)}, ("open_risk",)),
        ({"at_dose": ready(open_risks=1)}, ("open_risk",)),
        ({"verification": None}, ("verification_missing",)),
        ({"verification": verification(by="somebody else")}, ("verification_missing",)),
        ({"given_before": [dose("dose:2", at=NINE - DAY)]}, ("minimum_interval",)),
    ],
)
def test_the_proof_asks_what_the_dose_asked(changed: dict[str, Any], refused: tuple[str, ...]) -> None:
    assert proved(**changed) == refused


def test_a_dose_on_the_answers_of_its_go_is_proved_wrong() -> None:
    late = replace(dose(at=NINE + 5 * MINUTE), clearances=a_go().clearances)
    assert proved(dose=late) == ("stale_answer:scheduler", "stale_answer:intake", "stale_answer:integration")
