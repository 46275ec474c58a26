"""Which vital signs stand in the way of a dose, and which repeats are owed."""

import pytest

from services.session.domain.stage import repeat_stage
from services.session.domain.vitals import (
    Repeat,
    flags_after_dose,
    flags_before_dose,
    held_for_today,
    prescriber_decides,
    repeat_owed,
    told_as,
)
from tests.unit.session.day import DAY, DOSING, MINUTE, NINE, measured, vitals


@pytest.mark.parametrize(
    ("changed", "levels"),
    [
        ({}, set()),
        ({"systolic": 140, "diastolic": 90}, set()),
        ({"systolic": 141}, {"repeat"}),
        ({"diastolic": 91}, {"repeat"}),
        ({"systolic": 160}, {"repeat", "hard_hold"}),
        ({"systolic": 159, "diastolic": 100}, {"repeat", "hard_hold"}),
        ({"systolic": 181}, {"repeat", "hard_hold", "emergency"}),
        ({"systolic": 89, "diastolic": 60}, {"emergency"}),
        ({"heart_rate": 111}, {"prescriber"}),
        ({"heart_rate": 49}, {"prescriber", "emergency"}),
        ({"respiratory_rate": 11}, {"prescriber"}),
        ({"spo2": 93}, {"prescriber", "alert"}),
        ({"spo2": 94}, set()),
    ],
)
def test_each_limit_before_the_dose(changed: dict[str, int], levels: set[str]) -> None:
    assert {flag.level for flag in flags_before_dose(DOSING.vitals, vitals(**changed))} == levels


def test_after_the_dose_a_raised_pressure_is_expected_and_an_emergency_is_not() -> None:
    assert flags_after_dose(DOSING.vitals, vitals(systolic=165)) == ()
    assert [flag.level for flag in flags_after_dose(DOSING.vitals, vitals(systolic=181))] == ["emergency"]
    assert [flag.level for flag in flags_after_dose(DOSING.vitals, vitals(spo2=93))] == ["alert"]


def test_the_severest_level_is_told() -> None:
    told = [told_as(flags_before_dose(DOSING.vitals, vitals(systolic=s))) for s in (120, 145, 165, 185)]
    assert told == [None, "review", "hold", "emergency"]


def test_a_calm_pressure_owes_no_repeat() -> None:
    assert repeat_owed(DOSING.vitals, DOSING.repeats, []) is None
    assert repeat_owed(DOSING.vitals, DOSING.repeats, [measured(0)]) is None


def test_a_raised_pressure_owes_two_repeats_after_ten_minutes_of_rest_each() -> None:
    first, early, once, twice = measured(0, systolic=150), measured(9), measured(10), measured(20)
    owed = Repeat(NINE + 10 * MINUTE, NINE + 15 * MINUTE)
    assert repeat_owed(DOSING.vitals, DOSING.repeats, [first]) == owed
    assert repeat_owed(DOSING.vitals, DOSING.repeats, [first, early]) == owed
    again = repeat_owed(DOSING.vitals, DOSING.repeats, [first, early, once])
    assert again == Repeat(NINE + 20 * MINUTE, NINE + 25 * MINUTE)
    assert repeat_owed(DOSING.vitals, DOSING.repeats, [first, early, once, twice]) is None


def test_a_hard_hold_is_for_the_day_and_owes_no_repeat() -> None:
    settled = [measured(0, systolic=162), measured(15), measured(30)]
    assert [flag.level for flag in held_for_today(DOSING.vitals, settled)] == ["hard_hold"]
    assert repeat_owed(DOSING.vitals, DOSING.repeats, settled) is None


def test_only_the_latest_measurement_is_the_prescribers_to_weigh() -> None:
    assert prescriber_decides(DOSING.vitals, [measured(0, heart_rate=115), measured(10)]) == ()
    assert [f.vital for f in prescriber_decides(DOSING.vitals, [measured(0), measured(9, heart_rate=115)])] == [
        "heart_rate"
    ]


def test_a_repeat_rests_then_is_due_then_is_the_prescribers() -> None:
    owed = Repeat(NINE + 10 * MINUTE, NINE + 15 * MINUTE)
    stages = [repeat_stage(owed, NINE + minute * MINUTE) for minute in (0, 10, 15)]
    assert [(stage.name, stage.owner) for stage in stages] == [
        ("resting", "facilitator"),
        ("due", "facilitator"),
        ("overdue", "prescriber"),
    ]
    assert [stage.wake_at for stage in stages] == [owed.not_before, owed.due_by, owed.due_by + DAY]
