"""What could hurt somebody in silence: a safeguard that is left out or comes too late."""

from tests.unit.protocol.contradictions.case import case

SIGNED_OFF = "source: conv, needs_medical_director_signoff: true"

IN_SECONDS = [
    case(
        "a session is held while another goes on",
        ("at: {offset: PT66S}", "at: {offset: PT61S}"),
        at="sessions[8].at",
        expected="'circle:4' is held while 'circle:3' goes on",
    ),
]

IN_WEEKS = [
    case(
        "a preparation is held while the other goes on",
        ('at: {day: 8, time: "09:00"}', 'at: {day: 1, time: "10:00"}'),
        at="sessions[1].at",
        expected="goes on",
    ),
    case(
        "a go stands for a month",
        ("clearance_valid_for: {value: PT10M", "clearance_valid_for: {value: P30D"),
        at="dosing.clearance_valid_for",
        expected="30 days is more than 30 minutes: a go is based on the vital signs of that moment (conv)",
    ),
    case(
        "there is no interval between doses",
        ("min_interval: {value: P6D", "min_interval: {value: PT0S"),
        at="dosing.min_interval",
        expected="no time is less than 2 days: the densest published dosing is twice a week (label; conv)",
    ),
    case(
        "somebody leaves five minutes after the dose",
        ("not_before: {value: PT2H", "not_before: {value: PT5M"),
        at="dosing.discharge.not_before",
        expected="5 minutes is less than 2 hours: two hours of monitoring at the least (REMS)",
    ),
    case(
        "a dosing day ends before anybody may leave",
        ('at: {day: 15, time: "09:00"}, duration: PT4H', 'at: {day: 15, time: "09:00"}, duration: PT90M'),
        at="sessions[2].duration",
        expected="'dose:1' ends 1 hour 30 minutes after it begins, before discharge",
    ),
    case(
        "a dosing day ends before the last observation",
        ("PT90M, PT120M]", "PT90M, PT120M, PT150M, PT180M, PT210M, PT240M, PT270M]"),
        at="sessions[2].duration",
        expected="before the last observation",
    ),
    case(
        "nobody is absent before the session is over",
        ("grace: {value: PT30M", "grace: {value: PT130M"),
        at="session_rules[0].grace",
        expected="before anybody counts as absent",
    ),
    case(
        "a high C-SSRS pages nobody",
        ("level: high, page: true", "level: high, page: false"),
        at="risk.responses[3]",
        expected="a high C-SSRS pages somebody and holds every dose",
    ),
    case(
        "a high C-SSRS holds no dose",
        ("page: true, hold_dosing: true", "page: true, hold_dosing: false"),
        at="risk.responses[3]",
        expected="a high C-SSRS pages somebody and holds every dose",
    ),
    case(
        "a page waits for the morning",
        ("{category: page, best_before: PT1H, exempt: true}", "{category: page, best_before: PT1H}"),
        at="messages.categories[10]",
        expected="a page would wait for the morning or the cap",
    ),
    case(
        "a safety check-in waits for the morning",
        ("safety_check_in, best_before: PT12H, exempt: true", "safety_check_in, best_before: PT12H"),
        at="messages.categories[7]",
        expected="a safety check in would wait",
    ),
    case(
        "seats close after the first roster is drawn up",
        ("seats_close_before: {value: P3D", "seats_close_before: {value: PT0S"),
        ("announce_before: P1D", "announce_before: P3D"),
        at="cohort.seats_close_before",
        expected="anyone who joins after it is on none",
    ),
    case(
        "a make-up stops nothing",
        ("effect: holds_next_dose", "effect: none"),
        at="session_rules[2].missed.make_up_within",
        expected="nothing waits for this make-up",
    ),
    case(
        "nobody asks a prescriber after a missed dose",
        ("      if_worse_ask: prescriber\n", ""),
        at="session_rules[1].missed",
        expected="is seen by a prescriber or a clinician",
    ),
    case(
        "nobody asks about severe liver disease",
        ("when: {condition: severe_liver_disease}", "when: {condition: hepatic_impairment}"),
        at="screening.rules",
        expected="no rule asks about severe liver disease (S4 item 4)",
    ),
    case(
        "a screening decision never expires",
        (f"  decision_valid_for: {{value: P180D, {SIGNED_OFF}}}\n", ""),
        at="screening",
        expected="valid for ever",
    ),
    case(
        "a screening decision expires before the last dose",
        ("decision_valid_for: {value: P180D", "decision_valid_for: {value: P40D"),
        at="screening.decision_valid_for",
        expected="expire before the last planned dose",
    ),
    case(
        "a dose needs no consent",
        ("  start_needs: [treatment_consent, group_agreement]", "  start_needs: [group_agreement]"),
        at="cohort.start_needs",
        expected="without treatment_consent",
    ),
    case(
        "nobody is reminded of a session",
        ("    remind_before: [P1D]\n", ""),
        at="session_rules[0]",
        expected="nobody is reminded of a preparation",
    ),
    case(
        "nobody looks for an hour",
        ("PT30M, PT40M, PT60M, PT90M, PT120M]", "PT30M, PT90M, PT120M]"),
        at="dosing.observations",
        expected="nobody looks between 30 minutes and 1 hour 30 minutes",
    ),
    case(
        "nobody looks at all",
        ("[PT0M, PT15M, PT30M, PT40M, PT60M, PT90M, PT120M]", "[]"),
        at="dosing.observations",
        expected="nobody looks between no time and 2 hours",
    ),
    case(
        "a missed observation shows after the next",
        ("observation_grace: {value: PT10M", "observation_grace: {value: PT12M"),
        at="dosing.observation_grace",
        expected="shows only after the next",
    ),
    case(
        "no pressure is too high for a dose",
        (f"    - {{vital: systolic, level: hard_hold, from_value: 160, {SIGNED_OFF}}}\n", ""),
        at="dosing.vitals",
        expected="systolic has no limit at hard hold",
    ),
    case(
        "a pressure is called an emergency too late",
        ("vital: systolic, level: emergency, above: 180", "vital: systolic, level: emergency, above: 260"),
        at="dosing.vitals[10]",
        expected="systolic pressure above 260 mmHg is a limit that comes too late: 200 at the furthest",
    ),
    case(
        "a saturation is looked at too late",
        ("vital: spo2, level: prescriber, below: 94", "vital: spo2, level: prescriber, below: 70"),
        at="dosing.vitals[8]",
        expected="comes too late: 90 at the furthest",
    ),
    case(
        "a checklist leaves out the C-SSRS",
        ("id: c_ssrs, says", "id: mood, says"),
        at="dosing.checklist",
        expected="no line `c_ssrs` is confirmed before a dose",
    ),
    case(
        "a coordinator signs a discharge",
        ("signed_by: [clinician, prescriber]", "signed_by: [clinician, coordinator]"),
        at="dosing.discharge.signed_by",
        expected="only a clinician or a prescriber signs a discharge",
    ),
    case(
        "no prescriber is on site",
        ("on_site: [prescriber]", "on_site: [facilitator]"),
        at="dosing.staffing.on_site",
        expected="a prescriber is on site",
    ),
    case(
        "nobody verifies a dose",
        ("verifier_differs: {value: true", "verifier_differs: {value: false"),
        at="dosing.verifier_differs",
        expected="a second person verifies each dose",
    ),
    case(
        "nobody decides about a person who does not answer",
        (f"    - {{after: PT48H, act: clinician_decides, owner: clinician, {SIGNED_OFF}}}\n", ""),
        at="check_ins.chase[2]",
        expected="the ladder ends with nobody who may decide",
    ),
    case(
        "no answer of a check-in signals risk",
        ("signals_risk_from: 9, ", ""),
        ("signals_risk_from: 1, ", ""),
        at="check_ins.questions",
        expected="no answer signals risk",
    ),
    case(
        "an answer about suicide is read by nobody",
        ("{item: 9, at_least: 1,", "{item: 9, at_least: 3,"),
        at="instruments[0]",
        expected="an answer of 1 to item 9 asks for a C-SSRS screener",
    ),
    case(
        "a coordinator alone is paged first",
        ("    - roles: [clinician]\n", "    - roles: [coordinator]\n"),
        at="risk.escalation[0]",
        expected="no clinician and no prescriber",
    ),
    case(
        "almost all day is quiet",
        ('begins: "21:00", ends: "08:00"', 'begins: "08:00", ends: "07:00"'),
        at="messages.quiet_hours",
        expected="23 hours of a day are quiet: 14 hours at the most",
    ),
    case(
        "a reminder comes after its session",
        ("session_reminder, best_before: PT20H", "session_reminder, best_before: PT30H"),
        at="messages.categories[3].best_before",
        expected="when what it is about is over after 1 day",
    ),
]
