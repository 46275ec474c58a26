"""Drafts, corrections, and answers that cannot be."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.domain.answers import Draft, check_conditions, check_open, check_whole, laid_over
from services.intake.domain.referral import Person, State, check_person, check_referred_at, today
from shared.protocol import ScreeningAnswers
from shared.protocol.load import load_protocol
from shared.refusal import Refused
from tests.unit.intake.people import BORN, HEALTHY, NOON, PROTOCOLS, TODAY, answers, weekly6


def test_a_draft_holds_some_answers_and_each_of_them_is_right() -> None:
    assert Draft.model_validate({"height_cm": 170}).model_dump(exclude_unset=True) == {"height_cm": 170}
    with pytest.raises(ValidationError, match="height_cm"):
        Draft.model_validate({"height_cm": 17})
    with pytest.raises(ValidationError, match="shoe_size"):
        Draft.model_validate({"shoe_size": 42})


def test_a_draft_knows_every_answer() -> None:
    assert set(Draft.model_fields) == set(ScreeningAnswers.model_fields)


def test_a_whole_survives_being_kept_as_a_draft() -> None:
    kept = Draft.model_validate(HEALTHY | {"medications": [{"name": "sertraline", "class": "ssri"}]}).model_dump(
        mode="json", by_alias=True, exclude_unset=True
    )
    assert ScreeningAnswers.model_validate(kept).medications[0].medication_class == "ssri"


def test_a_newer_answer_replaces_the_kept_one_and_null_takes_it_back() -> None:
    kept = {"height_cm": 170, "weight_kg": 70, "stop_bang": 2}
    assert laid_over(kept, {"weight_kg": 71, "stop_bang": None}) == {"height_cm": 170, "weight_kg": 71}


@pytest.mark.parametrize(
    ("state", "complete", "correctable", "rule"),
    [
        (State.AWAITING_FORMS, False, False, None),
        (State.AWAITING_FORMS, True, False, None),
        (State.AWAITING_REVIEW, True, False, None),
        (State.AWAITING_REVIEW, False, False, "already_submitted"),
        (State.ELIGIBLE, True, False, "already_decided"),
        (State.ELIGIBLE, True, True, None),
        (State.EXCLUDED, True, False, "already_decided"),
        (State.EXCLUDED, True, True, "already_decided"),
        (State.ELIGIBLE, False, True, "already_submitted"),
        (State.LAPSED, True, False, "screening_lapsed"),
    ],
)
def test_answers_are_open_until_the_decision_and_then_to_those_who_correct_them(
    state: State, complete: bool, correctable: bool, rule: str | None
) -> None:
    assert refusal(lambda: check_open(state, complete=complete, correctable=correctable)) == (rule, None)


@pytest.mark.parametrize(
    ("changed", "rule", "field"),
    [
        ({"date_of_birth": "1986-05-05"}, "another_date_of_birth", "date_of_birth"),
        (
            {"conditions": [{"code": "ptsd", "active": True, "since": "2026-03-03"}]},
            "impossible_date",
            "conditions.0.since",
        ),
        (
            {"medications": [{"name": "x", "class": "other", "last_taken": "0001-01-01"}]},
            "impossible_date",
            "medications.0.last_taken",
        ),
        ({"substances": [{"code": "alcohol", "active": False}]}, "remission_date", "substances.0.remission_since"),
        (
            {"substances": [{"code": "alcohol", "active": True, "remission_since": "2020-01-01"}]},
            "remission_date",
            "substances.0.remission_since",
        ),
    ],
)
def test_answers_that_contradict_something_are_refused(changed: dict[str, Any], rule: str, field: str) -> None:
    assert refusal(lambda: check_whole(answers(**changed), BORN, TODAY)) == (rule, field)


def test_a_condition_is_one_of_every_protocol_or_of_the_persons_own() -> None:
    codes = ("psychosis", "withdrawal_seizure")
    given = answers(conditions=[{"code": code, "active": True} for code in codes]).conditions
    check_conditions(given, load_protocol(PROTOCOLS / "otago2.yaml").screening)
    assert refusal(lambda: check_conditions(given, weekly6().screening)) == ("unknown_condition", "conditions.1.code")


def test_an_unknown_condition_is_refused_with_the_near_miss() -> None:
    given = answers(conditions=[{"code": "psychosiss", "active": True}]).conditions
    with pytest.raises(Refused, match=r"'psychosiss' is neither .* did you mean 'psychosis'"):
        check_conditions(given, weekly6().screening)


def test_healthy_answers_contradict_nothing() -> None:
    check_whole(answers(), BORN, TODAY)


VANCOUVER = "America/Vancouver"


def person(**changed: Any) -> Person:
    known = {"given_name": "Ada", "family_name": "L", "date_of_birth": BORN, "email": "a@b.ca", "phone": None}
    return Person(**known | {"zone": "America/Vancouver"} | changed)


def test_nobody_is_born_tomorrow_or_lives_outside_of_the_zones() -> None:
    check_person(person(), NOON, VANCOUVER)
    tomorrow = TODAY + timedelta(days=1)
    assert refusal(lambda: check_person(person(date_of_birth=tomorrow), NOON, VANCOUVER))[1] == "person.date_of_birth"
    for zone in ("Mars/Olympus", "America", "../etc/passwd", "a\x00b", ""):
        assert refusal(lambda zone=zone: check_person(person(zone=zone), NOON, VANCOUVER)) == (
            "unknown_zone",
            "person.zone",
        )


@pytest.mark.parametrize(
    ("own", "sites", "hour", "day"),
    [
        ("Pacific/Auckland", VANCOUVER, 12, 3),
        (VANCOUVER, "Pacific/Auckland", 12, 3),
        (VANCOUVER, "America/Denver", 6, 1),
        (VANCOUVER, VANCOUVER, 12, 2),
    ],
)
def test_today_is_the_later_of_the_persons_and_the_sites_day(own: str, sites: str, hour: int, day: int) -> None:
    """Else somebody in Auckland is told that what they took today they have not taken yet."""
    assert today(NOON.replace(hour=hour), person(zone=own), sites) == date(2026, 3, day)


def test_a_referral_does_not_come_from_the_future() -> None:
    check_referred_at(NOON, NOON)
    assert refusal(lambda: check_referred_at(NOON + timedelta(seconds=1), NOON)) == ("impossible_date", "referred_at")
    assert refusal(lambda: check_referred_at(NOON - timedelta(days=4000), NOON)) == ("impossible_date", "referred_at")


def refusal(checked: Any) -> tuple[str | None, str | None]:
    try:
        checked()
    except Refused as refused:
        return refused.rule, refused.field
    return None, None
