"""What types cannot see: each contradiction inside a protocol is found, and said at its line."""

import pytest

from tests.unit.protocol.conftest import WEEKLY6, line_of


def the_fault(found, path):
    (fault,) = [fault for fault in found if fault.path == path]
    return fault


@pytest.mark.parametrize(
    ("old", "new", "path", "expected"),
    [
        ("at: {offset: PT9S}", "at: {offset: PT2S}", "sessions[1].at", "'preparation:2' is not after 'preparation:1'"),
        (
            'integrates: "dose:1"',
            'integrates: "dose:9"',
            "sessions[3].integrates",
            "not one of this protocol's sessions",
        ),
        ("low: 0.5, high: 1.5", "low: 0.5, high: null", "dosing.routes[0]", "one end only"),
        ("present: 1, enrolled: 1", "present: 2, enrolled: 1", "cohort.quorum.value", "2 present of 1 enrolled"),
        (
            "PT60S, source: test calendar}",
            "PT60S, source: test; conv}",
            "screening.forms_within",
            "source is `conv` needs",
        ),
        ("item: 9, at_least: 1", "item: 10, at_least: 1", "instruments[0]", "cannot happen"),
        ("{level: low,", "{level: high,", "risk", "each level exactly once"),
        ("    - {category: absence, best_before: PT60S}\n", "", "messages", "no best-before is given for: absence"),
    ],
)
def test_a_contradiction_is_found(faults, old, new, path, expected):
    assert expected in the_fault(faults((old, new)), path).sentence


def test_a_contradiction_is_said_at_its_line(faults):
    fault = the_fault(faults(("at: {offset: PT38S}", "at: {offset: PT20S}")), "sessions[4].at")
    assert fault.line == line_of('key: "dose:2"')


def test_a_dose_a_day_too_early_in_the_week_is_found(faults):
    fault = the_fault(
        faults(('at: {day: 22, time: "09:00"}', 'at: {day: 20, time: "09:00"}'), good=WEEKLY6), "sessions[4].at"
    )
    assert "'dose:2' is 5 days after 'dose:1': less than the interval of 6 days" in fault.sentence


def test_a_calendar_is_in_days_or_in_elapsed_time_never_both(faults):
    found = faults(("at: {offset: PT4S}", 'at: {day: 0, time: "09:00"}'))
    assert "not both" in the_fault(found, "sessions").sentence


def test_a_session_without_rules_for_its_kind_is_found(faults):
    found = faults(("  - kind: circle\n", "  - kind: dose\n"))
    assert the_fault(found, "session_rules[2]").sentence == "the session kind 'dose' is there twice"
    assert any("says nothing about the kind 'circle'" in fault.sentence for fault in found)
