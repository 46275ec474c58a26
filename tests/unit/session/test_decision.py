"""A go needs every authority's answer at that moment, and nothing on site that speaks against it."""

from dataclasses import replace
from typing import Any

import pytest

from services.session.domain import decision as go
from shared.events.questions import AUTHORITIES, ClearanceAnswer
from shared.refusal import Refused
from tests.unit.session.day import DECISION, DOSING, MINUTE, NINE, ON_SITE, PROTOCOL, checklist, measured

TEN = 10 * MINUTE


def answer(authority: Any, *refusals: str, minutes: float = 15) -> ClearanceAnswer:
    until = NINE + minutes * MINUTE
    return ClearanceAnswer(authority=authority, refusals=refusals, revision=1, answered_at=NINE, valid_until=until)


def cleared() -> dict[str, ClearanceAnswer | None]:
    return {authority: answer(authority) for authority in AUTHORITIES}


def a_go() -> go.Decision:
    clearances = go.proof(cleared())
    return go.Decision(DECISION, "go", NINE, "p", None, clearances, go.valid_until(clearances, NINE, TEN))


def ready(**changed: Any) -> go.Readiness:
    right = {
        "checklist": checklist(),
        "measured": [measured(0)],
        "on_site": ON_SITE,
        "participants": 1,
        "open_risks": 0,
        "arm": None,
    }
    return go.Readiness(**{**right, **changed})


def test_three_answers_clear() -> None:
    assert go.authority_refusals(cleared(), NINE) == ()


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_no_answer_is_a_refusal(authority: str) -> None:
    assert go.authority_refusals(cleared() | {authority: None}, NINE) == (f"no_answer:{authority}",)


def test_another_authoritys_answer_and_a_stale_one_are_refusals() -> None:
    odd = cleared() | {"intake": answer("scheduler"), "integration": answer("integration", minutes=0)}
    assert go.authority_refusals(odd, NINE) == ("no_answer:intake", "stale_answer:integration")


def test_an_answer_of_the_go_is_too_old_for_the_dose() -> None:
    assert go.authority_refusals(cleared(), NINE + go.MOMENT) == ()
    assert go.authority_refusals(cleared(), NINE + MINUTE) == tuple(f"stale_answer:{one}" for one in AUTHORITIES)


def test_a_go_is_valid_as_long_as_its_shortest_clearance_and_never_longer_than_the_protocol_says() -> None:
    assert go.valid_until(go.proof(cleared()), NINE, TEN) == NINE + TEN
    short = cleared() | {"intake": answer("intake", minutes=4)}
    assert go.valid_until(go.proof(short), NINE, TEN) == NINE + 4 * MINUTE


def test_a_go_stands_until_the_moment_its_clearances_end() -> None:
    assert go.must_be_valid_go(a_go(), AUTHORITIES, NINE + 9 * MINUTE) == a_go()
    with pytest.raises(Refused, match="clearance_expired"):
        go.must_be_valid_go(a_go(), AUTHORITIES, NINE + TEN)


def test_no_decision_a_no_go_and_a_go_that_an_authority_did_not_clear_are_no_go() -> None:
    for none in (None, replace(a_go(), decision="no_go")):
        with pytest.raises(Refused, match="no_go_decision"):
            go.must_be_valid_go(none, AUTHORITIES, NINE)
    with pytest.raises(Refused, match="clearance_missing"):
        go.must_be_valid_go(replace(a_go(), clearances=a_go().clearances[:2]), AUTHORITIES, NINE)


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, ()),
        ({"checklist": checklist(fasted=False)}, ("checklist:fasted",)),
        ({"checklist": checklist(substances_abstained=False)}, ("checklist:substances_abstained",)),
        ({"checklist": checklist(pregnancy_test="positive")}, ("checklist:pregnancy_test",)),
        ({"checklist": checklist(driver=False, intention=False)}, ("checklist:driver", "checklist:intention")),
        ({"checklist": checklist(c_ssrs="high")}, ("c_ssrs_holds_dosing",)),
        ({"checklist": checklist(c_ssrs="moderate")}, ()),
        ({"open_risks": 1}, ("open_risk",)),
        ({"checklist": checklist(c_ssrs="high"), "open_risks": 1}, ("c_ssrs_holds_dosing", "open_risk")),
        ({"measured": []}, ("checklist:vitals",)),
        ({"measured": [measured(0, systolic=165)]}, ("vitals_out_of_range",)),
        ({"measured": [measured(0, systolic=145)]}, ("vitals_repeat_owed",)),
        ({"measured": [measured(0, heart_rate=112)]}, ("vitals_need_a_reason",)),
        ({"on_site": {"f": "facilitator", "g": "facilitator"}}, ("staffing:prescriber",)),
        ({"on_site": {"p": "prescriber"}}, ("staffing:minimum_staff", "staffing:monitors")),
        ({"participants": 4}, ()),
        ({"participants": 5}, ("staffing:monitors",)),
        ({"participants": 5, "on_site": {**ON_SITE, "g": "clinician"}}, ()),
    ],
)
def test_what_the_day_itself_refuses(changed: dict[str, Any], refused: tuple[str, ...]) -> None:
    assert go.local_refusals(PROTOCOL, ready(**changed), None) == refused


def test_without_a_checklist_everything_on_it_is_open() -> None:
    refused = go.local_refusals(PROTOCOL, ready(checklist=None), None)
    assert len(refused) == len(DOSING.checklist) - 1


def test_a_reason_speaks_for_what_was_measured_before_it() -> None:
    decided = replace(a_go(), reason="His usual.")
    assert go.reason_that_stands(decided, [measured(-5, heart_rate=112)]) == "His usual."
    assert go.reason_that_stands(decided, [measured(5, heart_rate=112)]) is None
    assert go.local_refusals(PROTOCOL, ready(measured=[measured(0, heart_rate=112)]), "His usual.") == ()
