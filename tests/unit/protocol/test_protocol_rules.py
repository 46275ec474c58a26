"""What types cannot see: each contradiction inside a protocol is found, and said at its line."""

import pytest

from tests.unit.protocol.conftest import WEEKLY6, line_of


def the_fault(found, path):
    (fault,) = [fault for fault in found if fault.path == path]
    return fault


@pytest.mark.parametrize(
    ("old", "new", "path", "expected"),
    [
        (
            "at: {offset: PT17S}",
            "at: {offset: PT3S}",
            "sessions[2].at",
            "'dose:1' comes before the end of 'preparation:1'",
        ),
        ("at: {offset: PT38S}", "at: {offset: PT20S}", "sessions[4].at", "less than the interval"),
        ("at: {offset: PT24S}", "at: {offset: PT10S}", "sessions[3].at", "integrates 'dose:1' but is not after it"),
        ("at: {offset: PT9S}", "at: {offset: PT2S}", "sessions[1].at", "'preparation:2' is not after 'preparation:1'"),
        ('key: "dose:2", kind: dose', 'key: "dose:2", kind: circle', "sessions[4].kind", "'dose:2' is not a circle"),
        (
            'integrates: "dose:1"',
            'integrates: "dose:9"',
            "sessions[3].integrates",
            "not one of this protocol's sessions",
        ),
        ('required_for: ["dose:1"]', 'required_for: ["dose:7"]', "measures[0].required_for[0]", "sessions"),
        ("instruments: [phq9,", "instruments: [phq8,", "measures[0].instruments[0]", "did you mean 'phq9'?"),
        ('{session: "dose:1", offset', '{session: "dose:8", offset', "measures[0].at.session", "sessions"),
        ("opens: -PT14S", "opens: PT14S", "measures[0]", "closes before it opens"),
        ("lost_after: PT12S", "lost_after: PT1S", "measures[2]", "lost before its window closes"),
        ("doses: 3", "doses: 4", "dosing.doses", "4 doses are promised but 3 are planned"),
        ("low: 0.5, high: 1.5", "low: 1.5, high: 0.5", "dosing.routes[0]", "upside down"),
        ("low: 0.5, high: 1.5", "low: 0.5, high: null", "dosing.routes[0]", "one end only"),
        ("from_value: 160", "from_value: 130", "dosing.vitals[0]", "beyond the one for hard_hold"),
        ("[PT0S, PT1S]", "[PT1S, PT0S]", "dosing", "not in rising order"),
        ("minimum: 1, maximum: 8", "minimum: 9, maximum: 8", "cohort.size.value", "upside down"),
        ("present: 1, enrolled: 1", "present: 2, enrolled: 1", "cohort.quorum.value", "2 present of 1 enrolled"),
        ("present: 1, enrolled: 1", "present: 9, enrolled: 9", "cohort.quorum", "more people than the group"),
        ("after: PT4S, act: call", "after: PT1S, act: call", "check_ins.chase[1]", "ladder are not in rising order"),
        ("form_reminders: [PT20S, PT40S]", "form_reminders: [PT40S, PT20S]", "screening.form_reminders[1]", "rising"),
        ("late_after: {value: PT4S", "late_after: {value: PT9S", "session_rules[0].late_after", "before being late"),
        ("id: psychosis_history", "id: under_age", "screening.rules[1]", "'under_age' is there twice"),
        (
            "forms_within: {value: PT60S, source: test calendar}",
            "forms_within: {value: PT60S}",
            "screening.forms_within",
            "needs a `source`",
        ),
        (
            "PT60S, source: test calendar}",
            "PT60S, source: test; conv}",
            "screening.forms_within",
            "source is `conv` needs",
        ),
        (
            "PT60S, source: test calendar}",
            "PT60S, source: tests}",
            "screening.forms_within.source",
            "did you mean 'test'?",
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
