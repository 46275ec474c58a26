"""What only some programs have: inputs in weeks, a route for a dose, small groups, measures hours after a dose."""

import pytest

from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import SessionKind
from tests.unit.protocol.conftest import ROOT

RTT3 = ROOT / "protocols" / "rtt3.yaml"
NUMINUS6 = ROOT / "protocols" / "numinus6.yaml"
ED4 = ROOT / "protocols" / "ed4.yaml"
GIVEN = {"dose_week_1": 4, "dose_week_2": 7, "dose_week_3": 10, "firefighters": 0}


def test_dose_weeks_that_are_not_published_are_asked_for_by_name():
    rtt3 = load_protocol(RTT3)
    assert [wanted.key for wanted in rtt3.missing_inputs({"dose_week_2": 7, "firefighters": 1})] == [
        "dose_week_1",
        "dose_week_3",
    ]
    with pytest.raises(ValueError, match=r"this protocol needs: dose_week_1 .* dose_week_3"):
        rtt3.with_inputs({"dose_week_2": 7, "firefighters": 1})


def test_a_week_counts_from_one_and_the_days_within_it_are_the_protocols():
    settled = load_protocol(RTT3).with_inputs(GIVEN)
    days = [session.at.day for session in settled.sessions_of(SessionKind.DOSE)]
    assert [(day // 7 + 1, day % 7) for day in days] == [(4, 3), (7, 3), (10, 3)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dose_week_1": 0}, "dose_week_1 is a week, counted from 1; 0 was given"),
        ({"dose_week_3": 13}, "dose_week_3 is 12 at most; 13 was given"),
        ({"firefighters": 2}, r"firefighters is 1 \(yes\) or 0 \(no\); 2 was given"),
        ({"dose_week_2": 4}, "'dose:2' is not after 'dose:1'"),
        ({"dose_week_3": 5}, "'dose:3' is not after 'dose:2'"),
    ],
)
def test_inputs_that_make_no_calendar_are_refused_in_words(changed, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        load_protocol(RTT3).with_inputs(GIVEN | changed)


def test_a_measure_for_some_groups_is_asked_where_the_cohort_said_yes():
    rtt3 = load_protocol(RTT3)
    assert [measure.key for measure in rtt3.with_inputs(GIVEN).measures] == ["baseline", "after"]
    firefighters = rtt3.with_inputs(GIVEN | {"firefighters": 1})
    assert [measure.key for measure in firefighters.measures] == ["baseline", "after", "six_months"]


def test_a_cohort_asks_for_its_protocol_again_and_again_and_it_is_made_once():
    rtt3 = load_protocol(RTT3)
    assert rtt3.with_inputs(GIVEN) is rtt3.with_inputs(dict(GIVEN))


def test_a_large_cohort_is_divided_along_its_seats():
    cohort = load_protocol(RTT3).cohort
    assert [cohort.small_group(seat) for seat in (1, 6, 7, 12, 13, 23)] == [1, 1, 2, 2, 3, 4]
    assert load_protocol(ED4).cohort.small_group(1) is None


def test_a_dose_is_given_by_the_routes_of_its_day_or_by_any_of_the_protocols():
    numinus6 = load_protocol(NUMINUS6)
    assert [numinus6.routes_of(dose) for dose in ("dose:1", "dose:2", "dose:3")] == [("SL",), ("SL",), ("IM",)]
    assert load_protocol(RTT3).routes_of("dose:1") == ("IM", "SL")


@pytest.mark.parametrize(
    ("good", "old", "new", "path", "said"),
    [
        (
            NUMINUS6,
            "routes: [SL]}",
            "routes: [IN]}",
            "sessions[1].routes[0]",
            "cannot be given IN: `dosing",
        ),
        (ED4, '{dose: "dose:1", offset', '{dose: "dose:5", offset', "measures[1].at.dose", "this protocol's doses"),
        (ED4, '{dose: "dose:1", offset: PT4H', '{dose: "dose:1", offset: -PT4H', "measures[1].at.offset", "negative"),
        (RTT3, "only_if: firefighters", "only_if: firefigters", "measures[2].only_if", "did you mean 'firefighters'?"),
        (RTT3, "only_if: firefighters", "only_if: dose_week_1", "measures[2].only_if", "yes_no inputs"),
        (RTT3, "{input: dose_week_1", "{input: firefighters", "sessions[12].at.input", "inputs"),
        (
            RTT3,
            "only_if: firefighters",
            'only_if: firefighters\n    required_for: ["dose:3"]',
            "measures[2]",
            "not every",
        ),
        (RTT3, "unit: week", "unit: weeks", "inputs[0].unit", "did you mean 'week'?"),
        (RTT3, "small_group_size: {value: 6", "small_group_size: {value: 0", "cohort.small_group_size.value", "1"),
    ],
)
def test_what_does_not_fit_is_named_at_its_place(faults, good, old, new, path, said):
    found = {fault.path: fault.sentence for fault in faults((old, new), good=good)}
    assert said in found[path]
