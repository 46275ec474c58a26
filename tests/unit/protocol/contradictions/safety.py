"""Contradictions of screening, the dose day, the group, risk and messages."""

from tests.unit.protocol.contradictions.case import case

AGE = "{fact: age_years, below: 18}"
BLOOD_PRESSURE = "{vital: systolic, level: repeat, above: 140, source: test calendar}"

OWN = """default_modality: group
  conditions:
    - {id: altitude_sickness, says: Has had altitude sickness., source: test calendar}"""
ASKED = ("{condition: psychosis}", "{any: [{condition: psychosis}, {condition: altitude_sickness}]}")

IN_SECONDS = [
    case(
        "a rule asks about a condition of its own by another name",
        ("default_modality: group", OWN),
        (ASKED[0], ASKED[1].replace("sickness", "sicknes")),
        at="screening.rules[1].when.any[1].condition",
        expected="did you mean 'altitude_sickness'?",
    ),
    case(
        "no rule asks about a condition of its own",
        ("default_modality: group", OWN),
        at="screening.conditions[0]",
        expected="no rule asks about the condition 'altitude_sickness'",
    ),
    case(
        "a condition of every protocol is declared again",
        ("default_modality: group", OWN.replace("altitude_sickness", "psychosis")),
        at="screening.conditions[0].id",
        expected="'psychosis' is a condition of every protocol",
    ),
    case(
        "a condition of its own is declared twice",
        ("default_modality: group", OWN + OWN.partition("conditions:")[2]),
        ASKED,
        at="screening.conditions[1]",
        expected="the condition 'altitude_sickness' is there twice",
    ),
    case(
        "a role must be on site that nobody can say they are there in",
        ("on_site: [prescriber]", "on_site: [prescriber, coordinator]"),
        at="dosing.staffing.on_site[1]",
        expected="no coordinator can say that they are on site",
    ),
    case(
        "more doses are promised than planned",
        ("doses: 3", "doses: 4"),
        at="dosing.doses",
        expected="4 doses are promised but 3 are planned",
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
        "a reminder of a dose says nothing of the way home",
        (
            "advice: [{id: way_home, says: Please arrange for somebody to take you home., source: test calendar}]",
            "advice: []",
        ),
        at="session_rules[1].advice",
        expected="who drives",
    ),
    case(
        "a reminder would tell whoever reads it what the appointment is for",
        ("Please arrange for somebody to take you home.", "Please eat nothing before your dose."),
        at="session_rules[1].advice[0].says",
        expected="does not say «dose»",
    ),
    case(
        "a name is given twice",
        ("id: psychosis_history", "id: under_age"),
        at="screening.rules[1]",
        expected="'under_age' is there twice",
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
        "a group has no size and nobody has to sign that off",
        ("{value: {minimum: 1, maximum: 8}, source: test calendar}", "{value: null, source: test calendar}"),
        at="cohort",
        expected="`size` is not set: it needs `needs_medical_director_signoff: true`",
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
        "an appointment need not reach anybody",
        ("must_reach: {value: [calendar_change, session_reminder, seat_offer]", "must_reach: {value: [seat_offer]"),
        at="messages.must_reach",
        expected="whatever the caps are: calendar change and session reminder",
    ),
    case(
        "a message to staff must reach participants",
        ("[calendar_change, session_reminder, seat_offer]", "[calendar_change, session_reminder, seat_offer, page]"),
        at="messages.must_reach.value[3]",
        expected="page is sent to staff",
    ),
    case(
        "what must reach is listed twice",
        (
            "[calendar_change, session_reminder, seat_offer]",
            "[calendar_change, session_reminder, seat_offer, seat_offer]",
        ),
        at="messages.must_reach.value[3]",
        expected="there twice",
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
]

IN_WEEKS = [
    case(
        "the calendar's own reminders are more than the caps allow",
        ("max_per_week: {value: 3", "max_per_week: {value: 1"),
        at="messages.max_per_week",
        expected="the calendar by itself needs 2 reminders of sessions within 7 days, and at most 1 messages are",
    ),
]
