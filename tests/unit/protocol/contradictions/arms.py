"""Contradictions of arms: among themselves, and with the range of the program."""

from tests.unit.protocol.contradictions.case import case

CHECKLIST = "  checklist:\n    - {id: identity, says: Identity confirmed., source: test calendar}"
LOWER = """    - id: lower
      title: Lower dose
      source: test calendar
      routes:
        - {route: IM, unit: mg/kg, low: 0.5, high: 0.8, source: test calendar}
        - {route: IN, unit: mg, low: 30, high: 50, source: test calendar}
"""
HIGHER = """    - id: higher
      title: Higher dose
      source: test calendar
      routes:
        - {route: IM, unit: mg/kg, low: 0.9, high: 1.5, source: test calendar}
        - {route: IN, unit: mg, low: 60, high: 90, source: test calendar}
"""
TWO_ARMS = (CHECKLIST, f"  arms:\n{LOWER}{HIGHER}{CHECKLIST}")

IN_SECONDS = [
    case(
        "one arm is alone",
        (CHECKLIST, f"  arms:\n{LOWER}{CHECKLIST}"),
        at="dosing.arms",
        expected="'lower' is the only arm: give two or more, or none",
    ),
    case(
        "an arm is there twice",
        (CHECKLIST, f"  arms:\n{LOWER}{LOWER}{CHECKLIST}"),
        at="dosing.arms[1]",
        expected="the arm 'lower' is there twice",
    ),
    case(
        "a route is there twice in an arm",
        TWO_ARMS,
        ("{route: IN, unit: mg, low: 30", "{route: IM, unit: mg, low: 30"),
        at="dosing.arms[0].routes[1]",
        expected="the route 'IM' is there twice",
    ),
    case(
        "an arm has a route that the program does not offer",
        TWO_ARMS,
        ("{route: IN, unit: mg, low: 30", "{route: PO, unit: mg, low: 30"),
        at="dosing.arms[0].routes[1].route",
        expected="'PO' is not one of this protocol's `dosing.routes`",
    ),
    case(
        "an arm leaves out a route of the program",
        TWO_ARMS,
        ("        - {route: IN, unit: mg, low: 30, high: 50, source: test calendar}\n", ""),
        at="dosing.arms[0].routes",
        expected="'lower' gives no range for IN: give it one",
    ),
    case(
        "an arm goes beyond the program's range",
        TWO_ARMS,
        ("low: 0.9, high: 1.5", "low: 0.9, high: 1.6"),
        at="dosing.arms[1].routes[0]",
        expected="the IM range of 'higher' is 0.9 to 1.6 mg/kg, outside the program's 0.5 to 1.5 mg/kg",
    ),
    case(
        "an arm begins below the program's range",
        TWO_ARMS,
        ("low: 0.5, high: 0.8", "low: 0.4, high: 0.8"),
        at="dosing.arms[0].routes[0]",
        expected="outside the program's 0.5 to 1.5 mg/kg",
    ),
    case(
        "an arm is in another unit than the program",
        TWO_ARMS,
        ("unit: mg/kg, low: 0.5, high: 0.8", "unit: mg, low: 40, high: 60"),
        at="dosing.arms[0].routes[0]",
        expected="is in mg, and the program's in mg/kg: say both in one unit",
    ),
    case(
        "an arm leaves its range open",
        TWO_ARMS,
        ("low: 30, high: 50", "low: null, high: null"),
        at="dosing.arms[0].routes[1]",
        expected="the IN range of 'lower' is open: an arm is the range of its dose, so give both ends",
    ),
    case(
        "an arm's range is no dose for a person",
        TWO_ARMS,
        ("low: 30, high: 50", "low: 30, high: 5000"),
        at="dosing.arms[0].routes[1].unit",
        expected="30 to 5000 mg is no dose for a person; was mg/kg meant?",
    ),
]

IN_WEEKS = []
