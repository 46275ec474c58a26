"""What the default protocol's screening rules find."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.intake.domain.screening import holds
from shared.protocol.expression import Expression
from shared.protocol.load import load_protocol
from tests.unit.intake.people import HEALTHY, NOON, PROTOCOLS, TODAY, answers, condition, evaluated, found, weekly6


def is_true(expression: dict[str, Any], **changed: Any) -> bool:
    return holds(TypeAdapter(Expression).validate_python(expression), answers(**changed), TODAY)


def test_nothing_is_found_in_a_healthy_applicant_who_is_fit_for_a_group() -> None:
    assert found() == {}
    assert evaluated().suggested == "group"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"conditions": condition("psychosis", active=False)}, "psychosis_history"),
        ({"conditions": condition("uncontrolled_hypertension")}, "uncontrolled_hypertension"),
        ({"conditions": condition("mania")}, "acute_mania"),
        ({"pregnancy": {"potential": True, "test": "positive"}}, "pregnancy"),
        ({"substances": [{"code": "alcohol", "active": True}]}, "active_substance_use"),
        ({"allergies": {"ketamine": True}}, "hypersensitivity"),
        ({"suicidality": {"level": "high"}}, "suicide_risk_high"),
        ({"can_consent": False}, "cannot_consent"),
        ({"date_of_birth": "2008-03-03"}, "under_age"),
    ],
)
def test_a_hard_exclusion_is_found(changed: dict[str, Any], rule: str) -> None:
    assert found(**changed)[rule] == "exclude"


def test_a_condition_of_the_programs_own_is_found() -> None:
    otago2 = load_protocol(PROTOCOLS / "otago2.yaml")
    (rule,) = [rule for rule in otago2.screening.rules if rule.id == "withdrawal_seizure"]
    assert holds(rule.when, answers(conditions=condition("withdrawal_seizure", active=False)), TODAY)
    assert not holds(rule.when, answers(conditions=condition("seizures")), TODAY)


def test_somebody_is_of_age_on_their_eighteenth_birthday() -> None:
    assert "under_age" not in found(date_of_birth="2008-03-02")


def test_past_mania_is_reviewed_and_acute_mania_excludes() -> None:
    assert found(conditions=condition("mania", active=False)) == {"past_mania": "review"}
    assert found(conditions=condition("mania", active=True)) == {"acute_mania": "exclude"}


@pytest.mark.parametrize(("systolic", "reviewed"), [(140, False), (141, True)])
def test_blood_pressure_is_reviewed_above_the_limit_and_not_at_it(systolic: int, reviewed: bool) -> None:
    assert ("blood_pressure" in found(vitals=HEALTHY["vitals"] | {"systolic": systolic})) is reviewed


def test_what_was_not_measured_is_reviewed_as_missing_and_never_taken_as_normal() -> None:
    assert found(vitals=None, suicidality=None) == {"vitals_missing": "review", "c_ssrs_missing": "review"}


def test_remission_counts_in_days_on_the_day_of_evaluation() -> None:
    def since(days: int) -> list[dict[str, Any]]:
        return [{"code": "alcohol", "active": False, "remission_since": str(TODAY - timedelta(days=days))}]

    assert "early_remission" in found(substances=since(364))
    assert "early_remission" not in found(substances=since(365))


def test_every_finding_says_where_it_comes_from() -> None:
    finding = evaluated(conditions=condition("glaucoma")).findings[0]
    assert (finding.rule_id, finding.says, finding.source) == ("glaucoma", "Glaucoma.", "known; conv")


def test_the_first_modality_rule_that_holds_is_suggested_and_all_of_them_are_told() -> None:
    fit = HEALTHY["fit"] | {"privacy_preference": True, "wish_for_group": 0, "vulnerability": 0, "boundaries": 2}
    evaluation = evaluated(fit=fit)
    assert evaluation.suggested == "individual"
    assert [reason.rule_id for reason in evaluation.reasons] == ["privacy_preference", "some_fit"]


def test_an_evaluation_pins_the_protocol_and_the_version_of_the_answers() -> None:
    evaluation = evaluated()
    assert (evaluation.pin.id, evaluation.pin.hash) == ("weekly6", weekly6().content_hash)
    assert (evaluation.answers_version, evaluation.evaluated_at) == (1, NOON)


def test_no_comparison_holds_for_an_answer_that_was_not_given() -> None:
    for operator in ({"above": 0}, {"below": 1000}, {"at_least": 0}, {"at_most": 1000}):
        assert not is_true({"fact": "vitals.systolic"} | operator, vitals=None)
    assert is_true({"missing": "vitals.systolic"}, vitals=None)


def test_expressions_combine() -> None:
    tall, heavy = {"fact": "height_cm", "above": 170}, {"fact": "weight_kg", "above": 100}
    assert is_true({"any": [tall, heavy]})
    assert not is_true({"all": [tall, heavy]})
    assert is_true({"all": [tall, {"not": heavy}]})


def test_a_medication_counts_within_its_time_and_always_while_it_is_still_taken() -> None:
    def takes(last_taken: date | None) -> bool:
        medication = {"name": "lorazepam", "class": "benzodiazepine", "last_taken": last_taken}
        return is_true({"medication_class": "benzodiazepine", "within": "P7D"}, medications=[medication])

    assert takes(None)
    assert takes(TODAY - timedelta(days=7))
    assert not takes(TODAY - timedelta(days=8))


def test_a_named_substance_is_told_from_any() -> None:
    use = [{"code": "cannabis", "active": True}]
    assert is_true({"substance": "any", "active": True}, substances=use)
    assert is_true({"substance": "cannabis"}, substances=use)
    assert not is_true({"substance": "alcohol"}, substances=use)
