"""Observations and the gate through which a dosed person leaves."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.session.domain.discharge import may_discharge
from services.session.domain.observation import may_observe, observation_stage, planned
from shared.refusal import Refused
from tests.unit.session.day import DAY, DOSING, HOUR, MINUTE, NINE, vitals

ALL = DOSING.observations.value
LEAVE_BY = NINE + 8 * HOUR
CONFIRMED = {"sedation": True, "dissociation": True, "breathing": True, "transport": True}


@pytest.mark.parametrize(
    ("minutes", "recorded", "name", "owner", "wakes_at"),
    [
        (1, 0, "minute:0", "facilitator", 10),
        (1, 1, "minute:15", "facilitator", 15),
        (15, 1, "minute:15", "facilitator", 25),
        (25, 1, "overdue:15", "prescriber", 30),
        (26, 2, "minute:30", "facilitator", 30),
        (55, 1, "overdue:40", "prescriber", 60),
        (121, 7, "discharge", "clinician", 480),
        (480, 7, "discharge_overdue", "prescriber", 480 + 1440),
    ],
)
def test_who_owes_what_after_a_dose(minutes: int, recorded: int, name: str, owner: str, wakes_at: int) -> None:
    stage = observation_stage(DOSING, NINE, set(ALL[:recorded]), LEAVE_BY, NINE + minutes * MINUTE)
    assert (stage.name, stage.owner, stage.wake_at) == (name, owner, NINE + wakes_at * MINUTE)


@given(recorded=st.sets(st.sampled_from(ALL)), now=st.timedeltas(min_value=timedelta(), max_value=3 * DAY))
def test_whatever_is_recorded_the_next_moment_is_ahead(recorded: set[timedelta], now: timedelta) -> None:
    assert observation_stage(DOSING, NINE, recorded, LEAVE_BY, NINE + now).wake_at > NINE + now


def test_an_observation_is_made_at_its_time_and_once() -> None:
    quarter = planned(DOSING, 15)
    may_observe(quarter, NINE, set(), NINE + 15 * MINUTE)
    with pytest.raises(Refused, match="observation_too_early"):
        may_observe(quarter, NINE, set(), NINE + 14 * MINUTE)
    with pytest.raises(Refused, match="observation_recorded"):
        may_observe(quarter, NINE, {quarter}, NINE + 16 * MINUTE)
    with pytest.raises(Refused, match="not_an_observation"):
        planned(DOSING, 20)


def leave(**changed: object) -> None:
    ready: dict[str, object] = {
        "administered_at": NINE,
        "confirmed": CONFIRMED,
        "vitals": vitals(),
        "recorded": set(ALL),
        "missing_reason": None,
        "role": "clinician",
        "now": NINE + 2 * HOUR,
    }
    may_discharge(DOSING, **(ready | changed))  # type: ignore[arg-type]  # a test's shorthand


def test_two_hours_after_the_dose_with_everything_resolved_a_clinician_lets_go() -> None:
    leave()


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"now": NINE + 2 * HOUR - MINUTE}, "discharge_too_early"),
        ({"confirmed": CONFIRMED | {"sedation": False}}, "discharge:sedation"),
        ({"confirmed": CONFIRMED | {"vitals": True}, "vitals": vitals(systolic=185)}, "discharge:vitals"),
        ({"vitals": vitals(spo2=93)}, "discharge:vitals"),
        ({"vitals": vitals(diastolic=102)}, "discharge:vitals"),
        ({"recorded": set(ALL[:-1])}, "observations_missing"),
        ({"role": "facilitator"}, "role"),
    ],
)
def test_what_keeps_a_person_here(changed: dict[str, object], rule: str) -> None:
    with pytest.raises(Refused) as refused:
        leave(**changed)
    assert refused.value.rule == rule


def test_a_missing_observation_is_let_pass_with_its_reason() -> None:
    leave(recorded=set(ALL[:-1]), missing_reason="The oximeter failed at two hours; another read 98 %.")
