"""Contradictions of measures, check-ins and questionnaires."""

from tests.unit.protocol.contradictions.case import case

LOW = "item_max: 3\n    subscales:\n      - {id: low, title: Low mood, items: [1, 2], score: mean}"

IN_SECONDS = [
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
        "an input is used that is not asked for",
        ("at: {offset: PT80S}", 'at: {input: last_day, time: "09:00"}'),
        at="measures[2].at.input",
        expected="'last_day' is not one of this protocol's inputs",
    ),
    case(
        "a check-in follows a dose where none is planned",
        *((f"kind: dose, title: Dose {n}", f"kind: circle, title: Dose {n}") for n in (1, 2, 3)),
        at="check_ins.asked[0]",
        expected="'24h' follows a dose, but none is planned",
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
        "an item is scored reversed that is not there",
        ("item_max: 3", "item_max: 3\n    reversed: [3, 10]"),
        at="instruments[0]",
        expected="'phq9' has 9 items: `reversed` names item 10",
    ),
    case(
        "an item is scored reversed twice",
        ("item_max: 3", "item_max: 3\n    reversed: [3, 3]"),
        at="instruments[0]",
        expected="`reversed` of 'phq9' names item 3 twice",
    ),
    case(
        "a subscale has an item that is not there",
        ("item_max: 3", LOW.replace("2]", "10]")),
        at="instruments[0]",
        expected="'phq9' has 9 items: subscale 'low' names item 10",
    ),
    case(
        "two subscales have one name",
        ("item_max: 3", f"{LOW}\n      - {{id: low, title: Low again, items: [3], score: sum}}"),
        at="instruments[0].subscales[1]",
        expected="the subscale 'low' is there twice",
    ),
    case(
        "every score of a subscale is positive",
        ("item_max: 3", LOW.replace("mean}", "mean, screen_from: {value: 0, source: test calendar}}")),
        at="instruments[0].subscales[0].screen_from",
        expected="0 is not above 0 and up to 3",
    ),
    case(
        "the lowest answer is no lower than the highest",
        ("item_max: 3", "item_min: 3\n    item_max: 3"),
        at="instruments[0]",
        expected="the answers of 'phq9' are upside down: 3 to 3",
    ),
    case(
        "every answer asks for a screener",
        ("item_max: 3", "item_min: 1\n    item_max: 3"),
        at="instruments[0]",
        expected="item 9 ≥ 1 always holds",
    ),
    case(
        "a screen is positive at the lowest total",
        ("items: 20\n    item_max: 4", "items: 20\n    item_min: 2\n    item_max: 4"),
        at="instruments[2].screen_from",
        expected="31 is outside 41 to 80",
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
]

IN_WEEKS = [
    case(
        "a fall of more than all counts as a response",
        ("response_percent: {value: 50", "response_percent: {value: 150"),
        at="instruments[0].response_percent",
        expected="150 is outside 1 to 100",
    ),
]
