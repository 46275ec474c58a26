"""What no type can see, one contradiction at a time; and no check is without a case that needs it."""

from typing import NamedTuple

import pytest

from shared.protocol import checks
from shared.protocol.load import ProtocolErrors, load_protocol
from tests.unit.protocol.conftest import BRISK, WEEKLY6


class Case(NamedTuple):
    """A good protocol with `changes` is at fault at `path`, and the sentence says `expected`."""

    says: str
    changes: tuple[tuple[str, str], ...]
    path: str
    expected: str


def case(says, *changes, at, expected):
    return Case(says, changes, at, expected)


INPUTS = ("screening:", "inputs:\n  - {key: first_dose, says: The day of the first dose}\nscreening:")
WEEK3 = 'at: {day: 15, time: "09:00"}'
DOSE2 = 'at: {day: 22, time: "09:00"}'
PREPARATION_RULES = "effect: blocks_first_dose, make_up_within: PT10S"
CIRCLE_RULES = "effect: holds_next_dose, make_up_within: PT10S"
PHQ9_THRESHOLD = "screen_from: {value: 10, source: PHQ9}\n    reliable_change: {value: 5, source: PHQ9}"
AGE = "{fact: age_years, below: 18}"
BLOOD_PRESSURE = "{vital: systolic, level: repeat, above: 140, source: test calendar}"
MISSED_DOSE = "missed: {effect: never_doubled, if_worse_ask: prescriber"

IN_SECONDS = [
    case(
        "a dose comes while the last preparation goes on",
        ("at: {offset: PT9S}", "at: {offset: PT16S}"),
        at="sessions[2].at",
        expected="'dose:1' comes before the end of 'preparation:2'",
    ),
    case(
        "a circle begins while its dose goes on",
        ("at: {offset: PT24S}", "at: {offset: PT18S}"),
        at="sessions[3].at",
        expected="is not after it has ended",
    ),
    case(
        "a session comes before one that is listed before it",
        ("at: {offset: PT66S}", "at: {offset: PT59S}"),
        at="sessions[8].at",
        expected="'circle:4' is not after 'circle:3'",
    ),
    case(
        "doses are closer than the minimum interval",
        ("min_interval: {value: PT10S", "min_interval: {value: PT16S"),
        at="sessions[6].at",
        expected="'dose:3' is 15 seconds after 'dose:2': less than the interval of 16 seconds",
    ),
    case(
        "more doses are promised than planned",
        ("doses: 3", "doses: 4"),
        at="dosing.doses",
        expected="4 doses are promised but 3 are planned",
    ),
    case(
        "a dose is planned by a route that is not offered",
        ("title: Dose 2, ", "title: Dose 2, routes: [PO], "),
        at="sessions[4].routes[0]",
        expected="'dose:2' cannot be given PO: `dosing.routes` has IM",
    ),
    case(
        "a circle integrates a circle",
        ('integrates: "dose:1"', 'integrates: "circle:2"'),
        at="sessions[3].integrates",
        expected="'circle:2' is not a dose",
    ),
    case(
        "a dose integrates a dose",
        (
            "title: Dose 2, at: {offset: PT38S}, duration: PT2S",
            'title: Dose 2, at: {offset: PT38S}, duration: PT2S, integrates: "dose:1"',
        ),
        at="sessions[4].integrates",
        expected="only a circle does",
    ),
    case(
        "a session's key names another kind",
        ('key: "dose:2", kind: dose', 'key: "dose:2", kind: circle'),
        at="sessions[4].kind",
        expected="'dose:2' is not a circle",
    ),
    case(
        "a kind of session has no rules",
        ("  - kind: circle\n", "  - kind: dose\n"),
        at="sessions[3].kind",
        expected="says nothing about the kind 'circle'",
    ),
    case(
        "a gate needs a session that is not planned",
        ('required_for: ["dose:1"]', 'required_for: ["dose:7"]'),
        at="measures[0].required_for[0]",
        expected="'dose:7' is not one of this protocol's sessions",
    ),
    case(
        "a gate waits for a measure that opens too late",
        ("at: {offset: PT72S}", 'required_for: ["dose:3"]\n    at: {offset: PT72S}'),
        at="measures[1].required_for[0]",
        expected="only opens once 'dose:3' has begun",
    ),
    case(
        "a gate waits for a measure that opens with its own session",
        ("opens: -PT14S\n    closes: PT0S\n    reminders: [-PT6S]", "opens: PT0S\n    closes: PT6S"),
        at="measures[0].required_for[0]",
        expected="only opens once 'dose:1' has begun",
    ),
    case(
        "a measure lies at a session that is not planned",
        ('{session: "dose:1", offset', '{session: "dose:8", offset'),
        at="measures[0].at.session",
        expected="'dose:8' is not one of this protocol's sessions",
    ),
    case(
        "a measure uses an instrument that is not there",
        ("instruments: [phq9,", "instruments: [phq8,"),
        at="measures[0].instruments[0]",
        expected="did you mean 'phq9'?",
    ),
    case(
        "a value cites a source that is not there",
        ("PT60S, source: test calendar}", "PT60S, source: tests}"),
        at="screening.forms_within.source",
        expected="did you mean 'test'?",
    ),
    case(
        "a rule has no source",
        ("says: Younger than 18., source: test calendar", "says: Younger than 18."),
        at="screening.rules[0]",
        expected="needs a `source`",
    ),
    case(
        "a rule's source is blank",
        ("says: Younger than 18., source: test calendar", 'says: Younger than 18., source: " ; "'),
        at="screening.rules[0]",
        expected="needs a `source`",
    ),
    case(
        "a name is given twice",
        ("id: psychosis_history", "id: under_age"),
        at="screening.rules[1]",
        expected="'under_age' is there twice",
    ),
    case(
        "an input is used that is not asked for",
        ("at: {offset: PT80S}", 'at: {input: last_day, time: "09:00"}'),
        at="measures[2].at.input",
        expected="'last_day' is not one of this protocol's inputs",
    ),
    case(
        "an input is asked for that nothing uses",
        INPUTS,
        at="inputs[0]",
        expected="nothing uses the input 'first_dose'",
    ),
    case(
        "an effect refers to a dose where none is planned",
        *((f"kind: dose, title: Dose {n}", f"kind: circle, title: Dose {n}") for n in (1, 2, 3)),
        at="session_rules[2].missed.effect",
        expected="holds_next_dose refers to a dose, but none is planned",
    ),
    case(
        "rules are given for a kind that is not planned",
        *((f"kind: dose, title: Dose {n}", f"kind: circle, title: Dose {n}") for n in (1, 2, 3)),
        at="session_rules[1].kind",
        expected="no dose is planned",
    ),
    case(
        "a check-in follows a dose where none is planned",
        *((f"kind: dose, title: Dose {n}", f"kind: circle, title: Dose {n}") for n in (1, 2, 3)),
        at="check_ins.asked[0]",
        expected="'24h' follows a dose, but none is planned",
    ),
    case(
        "a missed circle is never doubled",
        (CIRCLE_RULES, "effect: never_doubled, make_up_within: PT10S"),
        at="session_rules[2].missed.effect",
        expected="never_doubled is about a dose",
    ),
    case(
        "a missed circle blocks the first dose",
        (CIRCLE_RULES, "effect: blocks_first_dose, make_up_within: PT10S"),
        at="session_rules[2].missed.effect",
        expected="blocks_first_dose is about a preparation",
    ),
    case(
        "a missed dose is made up",
        (MISSED_DOSE, MISSED_DOSE + ", make_up_within: PT5S"),
        at="session_rules[1].missed.make_up_within",
        expected="a dose is never made up",
    ),
    case(
        "a make-up ends after the program",
        (CIRCLE_RULES, "effect: holds_next_dose, make_up_within: PT30S"),
        at="session_rules[2].missed.make_up_within",
        expected="'circle:4' could be made up after the program has ended",
    ),
    case(
        "somebody is absent before being late",
        ("late_after: {value: PT4S", "late_after: {value: PT9S"),
        at="session_rules[0].late_after",
        expected="before being late",
    ),
    case(
        "a measure closes before it opens",
        ("opens: -PT14S", "opens: PT14S"),
        at="measures[0]",
        expected="closes before it opens",
    ),
    case(
        "a time to answer is over when it begins",
        ("after: PT4S, answer_within: PT4S", "after: PT4S, answer_within: PT0S"),
        at="check_ins.asked[0].answer_within",
        expected="closes the moment it opens",
    ),
    case(
        "a measure is given up before it closes",
        ("lost_after: PT12S", "lost_after: PT1S"),
        at="measures[2]",
        expected="lost before its window closes",
    ),
    case(
        "a reminder comes before its measure opens",
        ("reminders: [-PT6S]", "reminders: [-PT15S]"),
        at="measures[0].reminders[0]",
        expected="a reminder 15 seconds before lies outside the window of 'baseline'",
    ),
    case(
        "a reminder comes when its measure closes",
        ("reminders: [-PT6S]", "reminders: [PT0S]"),
        at="measures[0].reminders[0]",
        expected="lies outside the window",
    ),
    case(
        "a ladder goes on when nobody waits any more",
        (
            "after: PT8S, act: clinician_decides, owner: clinician, source: test calendar}\n    lost",
            "after: PT13S, act: clinician_decides, owner: clinician, source: test calendar}\n    lost",
        ),
        at="measures[2].chase[1]",
        expected="lies outside the time in which 'six_months' can be answered",
    ),
    case(
        "a ladder begins before its check-in",
        ("after: PT2S, act: remind", "after: -PT2S, act: remind"),
        at="check_ins.chase[0]",
        expected="before the check-in is asked",
    ),
    case(
        "the steps of a ladder fall",
        ("after: PT4S, act: call", "after: PT1S, act: call"),
        at="check_ins.chase[1]",
        expected="ladder are not in rising order",
    ),
    case(
        "reminders fall",
        ("form_reminders: [PT20S, PT40S]", "form_reminders: [PT40S, PT20S]"),
        at="screening.form_reminders[1]",
        expected="reminders are not in rising order",
    ),
    case(
        "a reminder of the forms comes when they are closed",
        ("form_reminders: [PT20S, PT40S]", "form_reminders: [PT20S, PT60S]"),
        at="screening.form_reminders[1]",
        expected="when the forms are closed",
    ),
    case(
        "yes or no is answered 2",
        ("answer: yes_no, signals_risk_from: 1", "answer: yes_no, signals_risk_from: 2"),
        at="check_ins.questions[0].signals_risk_from",
        expected="give a number from 1 to 1",
    ),
    case(
        "any answer signals risk",
        ("signals_risk_from: 9", "signals_risk_from: 0"),
        at="check_ins.questions[1].signals_risk_from",
        expected="give a number from 1 to 10",
    ),
    case(
        "a screen is positive above the highest total",
        ("screen_from: {value: 31", "screen_from: {value: 81"),
        at="instruments[2].screen_from",
        expected="81 is outside 1 to 80",
    ),
    case(
        "a cluster asks for more items than it has",
        (
            "screen_from: {value: 31, source: test calendar}",
            "screen_from: {value: 31, source: test calendar}\n"
            "    provisional: [{name: C, first: 6, last: 7, count: 3, at_least: 2}]",
        ),
        at="instruments[2].provisional[0]",
        expected="3 of 2 or more cannot happen",
    ),
    case(
        "a severity band begins above the highest total",
        ("{from_total: 10, says: moderate or more}", "{from_total: 28, says: moderate or more}"),
        at="instruments[0]",
        expected="above its highest total 27",
    ),
    case(
        "severity bands fall",
        ("{from_total: 10, says: moderate or more}", "{from_total: 4, says: moderate or more}"),
        at="instruments[0]",
        expected="not in rising order",
    ),
    case(
        "a dose range is upside down",
        ("low: 0.5, high: 1.5", "low: 1.5, high: 0.5"),
        at="dosing.routes[0]",
        expected="upside down",
    ),
    case(
        "milligrams are given as milligrams per kilogram",
        ("low: 0.5, high: 1.5", "low: 50, high: 150"),
        at="dosing.routes[0].unit",
        expected="50 to 150 mg/kg is no dose for a person; was mg meant?",
    ),
    case(
        "milligrams per kilogram are given as milligrams",
        ("unit: mg/kg", "unit: mg"),
        at="dosing.routes[0].unit",
        expected="0.5 to 1.5 mg is no dose for a person; was mg/kg meant?",
    ),
    case(
        "a limit of oxygen is no percentage",
        ("vital: spo2, level: prescriber, below: 94", "vital: spo2, level: prescriber, below: 940"),
        at="dosing.vitals[5]",
        expected="spo2 is measured from 50 to 100, never 940",
    ),
    case(
        "a harder limit comes before a milder one",
        ("from_value: 160", "from_value: 130"),
        at="dosing.vitals[0]",
        expected="beyond the one for hard_hold",
    ),
    case(
        "a limit is there twice",
        (BLOOD_PRESSURE, f"{BLOOD_PRESSURE}\n    - {BLOOD_PRESSURE}"),
        at="dosing.vitals[1]",
        expected="the repeat limit of systolic is there twice",
    ),
    case(
        "the limits of one level leave no room",
        (BLOOD_PRESSURE, f"{BLOOD_PRESSURE}\n    - {BLOOD_PRESSURE.replace('above: 140', 'below: 150')}"),
        at="dosing.vitals[1]",
        expected="no systolic would be within the repeat limits",
    ),
    case(
        "the rest before measuring again is upside down",
        ("rest_at_least: {value: PT0S", "rest_at_least: {value: PT9S"),
        at="dosing.repeats",
        expected="the rest is upside down",
    ),
    case("observations fall", ("[PT0S, PT1S]", "[PT1S, PT0S]"), at="dosing", expected="not in rising order"),
    case(
        "the group size is upside down",
        ("minimum: 1, maximum: 8", "minimum: 9, maximum: 8"),
        at="cohort.size.value",
        expected="upside down",
    ),
    case(
        "a small group is larger than the group",
        ("  starts_on_monday", "  small_group_size: {value: 9, source: test calendar}\n  starts_on_monday"),
        at="cohort.small_group_size",
        expected="larger than the whole group",
    ),
    case(
        "the quorum is larger than the group",
        ("present: 1, enrolled: 1", "present: 9, enrolled: 9"),
        at="cohort.quorum",
        expected="more people than the group may have",
    ),
    case(
        "nobody is offered a seat",
        ("max_offers: {value: 3", "max_offers: {value: 0"),
        at="cohort.max_offers.value",
        expected="1",
    ),
    case(
        "absences in a row outnumber all absences",
        ("consecutive_unexcused: {value: 2", "consecutive_unexcused: {value: 4"),
        at="attendance.review_after_consecutive_unexcused",
        expected="never reached",
    ),
    case(
        "more messages go in a day than in a week",
        ("max_per_week: {value: 7000", "max_per_week: {value: 7"),
        at="messages.max_per_day",
        expected="in a day than in a week",
    ),
    case(
        "quiet hours end when they begin",
        ("quiet_hours: null", 'quiet_hours: {value: {begins: "21:00", ends: "21:00"}, source: test calendar}'),
        at="messages.quiet_hours",
        expected="end when they begin",
    ),
    case(
        "high risk is given more time than moderate risk",
        ("hold_dosing: true, task_within: PT5S", "hold_dosing: true, task_within: PT15S"),
        at="risk.responses[3]",
        expected="the level high asks for less than moderate",
    ),
    case(
        "moderate risk is paged and high risk is not",
        ("level: moderate, page: false", "level: moderate, page: true"),
        ("level: high, page: true", "level: high, page: false"),
        at="risk.responses[3]",
        expected="the level high asks for less than moderate",
    ),
    case(
        "a rule never holds",
        (AGE, "{fact: age_years, below: 0}"),
        at="screening.rules[0].when",
        expected="lies from 0 to 120",
    ),
    case(
        "a rule always holds",
        (AGE, "{fact: bmi, below: 351}"),
        at="screening.rules[0].when",
        expected="this never varies",
    ),
    case(
        "a rule counts points of a scale that has fewer",
        (AGE, "{fact: readiness.total, at_least: 37}"),
        at="screening.rules[0].when",
        expected="lies from 0 to 36",
    ),
    case(
        "a weight is compared in the wrong unit",
        (AGE, "{fact: weight_kg, above: 80000}"),
        at="screening.rules[0].when",
        expected="'weight_kg' lies from 25 to 350",
    ),
    case(
        "yes or no is compared with a number",
        (AGE, "{fact: driver, above: 1}"),
        at="screening.rules[0].when",
        expected="'driver' is no number",
    ),
    case(
        "an answer is compared with a word that nobody can give",
        (AGE, "{fact: pregnancy.test, is: postive}"),
        at="screening.rules[0].when",
        expected="did you mean 'positive'?",
    ),
    case(
        "one of several answers cannot be given",
        (AGE, "{fact: suicidality.level, one_of: [high, extreme]}"),
        at="screening.rules[0].when",
        expected="is one of none, low, moderate, high",
    ),
    case(
        "a number is compared with a word",
        (AGE, "{fact: stop_bang, is: high}"),
        at="screening.rules[0].when",
        expected="is a number from 0 to 8",
    ),
    case(
        "yes or no is compared with a word",
        (AGE, "{fact: driver, is: none}"),
        at="screening.rules[0].when",
        expected="is true or false",
    ),
    case(
        "a date is compared where an age was meant",
        (AGE, '{fact: date_of_birth, is: "2008-01-01"}'),
        at="screening.rules[0].when",
        expected="use age_years",
    ),
    case(
        "a use is active and in remission",
        (AGE, "{substance: alcohol, active: true, remission_under: P365D}"),
        at="screening.rules[0].when",
        expected="this never holds",
    ),
    case(
        "a rule asks for a condition that is not known",
        (AGE, "{any: [{not: {condition: psychosys}}]}"),
        at="screening.rules[0].when.any[0].not.condition",
        expected="did you mean 'psychosis'?",
    ),
    case(
        "a calendar is in days and in elapsed time",
        ("at: {offset: PT4S}", 'at: {day: 0, time: "09:00"}'),
        at="sessions",
        expected="not both",
    ),
]

IN_WEEKS = [
    case(
        "a dose waits for an input but is too close to one that waits for the same",
        INPUTS,
        (DOSE2, 'at: {input: first_dose, plus_days: 3, time: "09:00"}'),
        (WEEK3, 'at: {input: first_dose, time: "09:00"}'),
        at="sessions[4].at",
        expected="'dose:2' is 3 days after 'dose:1': less than the interval of 6 days",
    ),
    case(
        "a dose is too close to the one before the one that waits for an input",
        INPUTS,
        (DOSE2, 'at: {input: first_dose, time: "09:00"}'),
        (WEEK3, 'at: {day: 27, time: "09:00"}'),
        at="sessions[6].at",
        expected="'dose:3' is 2 days after 'dose:1'",
    ),
    case(
        "a fall of more than all counts as a response",
        ("response_percent: {value: 50", "response_percent: {value: 150"),
        at="instruments[0].response_percent",
        expected="150 is outside 1 to 100",
    ),
]


def faults_of(case, good, tmp_path):
    text = good.read_text()
    for old, new in case.changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "changed.yaml").write_text(text)
    with pytest.raises(ProtocolErrors) as wrong:
        load_protocol(tmp_path / "changed.yaml")
    return wrong.value.errors


EVERY_CASE = [*((case, BRISK) for case in IN_SECONDS), *((case, WEEKLY6) for case in IN_WEEKS)]


@pytest.mark.parametrize(("case", "good"), EVERY_CASE, ids=[case.says for case, _ in EVERY_CASE])
def test_it_is_a_fault_when(case, good, tmp_path):
    sentences = [fault.sentence for fault in faults_of(case, good, tmp_path) if fault.path == case.path]
    assert any(case.expected in sentence for sentence in sentences), sentences


def test_a_dose_may_come_between_preparations_where_a_missed_one_blocks_nothing(tmp_path):
    text = BRISK.read_text()
    for old, new in (("at: {offset: PT9S}", "at: {offset: PT20S}"), (PREPARATION_RULES, "effect: none")):
        text = text.replace(old, new, 1)
    (tmp_path / "between.yaml").write_text(text)
    assert load_protocol(tmp_path / "between.yaml")


def test_a_dose_without_a_dosing_section_is_a_fault(tmp_path):
    text = BRISK.read_text()
    begins, ends = text.index("dosing:\n"), text.index("attendance:\n")
    file = tmp_path / "undosed.yaml"
    file.write_text(text[:begins] + text[ends:])
    with pytest.raises(ProtocolErrors) as wrong:
        load_protocol(file)
    assert "'dose:1' is planned but there is no `dosing` section" in [e.sentence for e in wrong.value.errors]


def test_no_check_is_without_a_case_that_needs_it(monkeypatch, tmp_path):
    """A check that could be taken out without a case above noticing would be named here."""
    needed = {"doses_have_a_dosing_section"}

    def noting(check):
        def noted(protocol):
            found = list(check(protocol))
            if found:
                needed.add(check.__name__)
            return iter(found)

        return noted

    every_check = checks.CHECKS
    monkeypatch.setattr(checks, "CHECKS", tuple(noting(check) for check in every_check))
    for case, good in EVERY_CASE:
        faults_of(case, good, tmp_path)
    assert {check.__name__ for check in every_check} - needed == set()
