"""Contradictions of the calendar, the kinds of session and the inputs."""

from tests.unit.protocol.contradictions.case import INPUTS, case

WEEK3 = 'at: {day: 15, time: "09:00"}'
DOSE2 = 'at: {day: 22, time: "09:00"}'
CIRCLE_RULES = "effect: holds_next_dose, make_up_within: PT10S"
MISSED_DOSE = "missed: {effect: never_doubled, if_worse_ask: prescriber"

IN_SECONDS = [
    case(
        "a dose comes while the last preparation goes on",
        ("at: {offset: PT9S}", "at: {offset: PT16S}"),
        at="sessions[2].at",
        expected="'dose:1' comes before the end of 'preparation:2'",
    ),
    case(
        "a dose has a second list of checks",
        (
            "  - kind: dose\n",
            "  - kind: dose\n    checks: [{id: sober, says: No alcohol found., source: test calendar}]\n",
        ),
        at="session_rules[1].checks",
        expected="give these lines under `dosing.checklist`",
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
]
