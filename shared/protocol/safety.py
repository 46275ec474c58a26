"""What no protocol for people may say, as data: the least and the most of each value that could hurt in silence.

The bounds are wide: a value outside was mistyped, or meant something else. Those whose source is `conv` are conventions
that a medical director signs off with the protocol; the cautious side was taken.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from shared.protocol.vocabulary import Condition, Role, Vital


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def hours(number: int) -> timedelta:
    return timedelta(hours=number)


def days(number: int) -> timedelta:
    return timedelta(days=number)


class Bound(NamedTuple):
    """The least and the most at a path of the protocol; `a=b` in it picks the parts whose field `a` is `b`."""

    path: str
    least: Any
    most: Any
    because: str
    source: str


BOUNDS = (
    Bound("screening.forms_within", days(1), days(90), "older answers no longer describe the person", "conv"),
    Bound("screening.review_within", hours(1), days(14), "a person with a finding waits for this review", "conv"),
    Bound("screening.decision_valid_for", days(28), days(365), "health changes within a year", "conv"),
    Bound("cohort.offer_expires", hours(12), days(14), "people sleep, and others wait for the seat", "conv"),
    Bound("sessions.duration", minutes(15), hours(12), "a session is part of one day", "conv"),
    Bound("session_rules.announce_before", hours(1), days(14), "staff prepare from the roster", "conv"),
    Bound("session_rules.remind_before", hours(1), days(14), "it is neither forgotten nor too late", "conv"),
    Bound("session_rules.late_after", minutes(1), hours(1), "a clinician decides about anyone who is later", "conv"),
    Bound("session_rules.grace", minutes(5), hours(2), "an absence is noticed while the session runs", "conv"),
    Bound("session_rules.close_within", minutes(15), days(2), "until then nobody learns of an absence", "conv"),
    Bound("check_ins.asked.after", hours(1), days(30), "a check-in asks how the dose was borne", "S4 item 12; conv"),
    Bound("check_ins.asked.answer_within", hours(1), days(3), "silence after a dose is a sign of its own", "conv"),
    Bound("check_ins.chase.after", minutes(0), days(7), "silence after a dose is a sign of its own", "conv"),
    Bound("dosing.min_interval", days(2), days(365), "the densest published dosing is twice a week", "label; conv"),
    Bound(
        "dosing.weight_dated_within", days(1), days(90), "milligrams per kilogram are reckoned from this weight", "conv"
    ),
    Bound("dosing.repeats.rest_at_least", minutes(5), hours(1), "pressure falls only with rest", "conv"),
    Bound("dosing.repeats.times", 1, 5, "measured often enough, anybody is within the limit once", "conv"),
    Bound("dosing.observation_grace", minutes(0), minutes(15), "a missed observation is noticed at once", "conv"),
    Bound("dosing.discharge.not_before", hours(2), hours(24), "two hours of monitoring at the least", "REMS"),
    Bound("dosing.staffing.participants_per_monitor", 1, 6, "one monitor cannot watch more", "conv"),
    Bound("dosing.staffing.minimum_staff", 2, 100, "one person cannot fetch help and stay", "conv"),
    Bound(
        "dosing.clearance_valid_for", minutes(1), minutes(30), "a go is based on the vital signs of that moment", "conv"
    ),
    Bound("attendance.review_after_consecutive_unexcused", 1, 3, "who stays away twice may be unwell", "conv"),
    Bound("attendance.review_after_total", 1, 5, "who stays away often may be unwell", "conv"),
    Bound("attendance.absence_close_within", hours(1), days(14), "until then nobody asks why they were away", "conv"),
    Bound("attendance.review_within", hours(1), days(7), "the person waits for this review", "conv"),
    Bound("attendance.hold_decision_within", hours(1), days(7), "the person waits for this decision", "conv"),
    Bound("risk.page_ack_within", minutes(1), minutes(30), "nobody waits longer for the next tier", "conv"),
    Bound("risk.c_ssrs_within", minutes(5), hours(24), "a screener that is asked for is done the same day", "conv"),
    Bound("risk.responses.level=high.task_within", minutes(1), hours(1), "high risk is acted on at once", "conv"),
    Bound("risk.responses.level=moderate.task_within", minutes(1), hours(24), "risk is acted on that day", "conv"),
    Bound("risk.responses.task_within", minutes(1), days(3), "a screener that nobody reads helps nobody", "conv"),
    Bound("messages.max_per_day", 1, 10, "who is written to all day reads nothing", "conv"),
    Bound("messages.max_per_week", 1, 30, "who is written to all week reads nothing", "conv"),
    Bound("messages.categories.category=page.best_before", minutes(15), hours(2), "a page is about now", "conv"),
    Bound("messages.categories.best_before", minutes(15), days(7), "a message is about now", "conv"),
)

LONGEST_QUIET = hours(14)
"""What is left of a day has to hold every message (conv)."""

LONGEST_UNOBSERVED = minutes(30)
"""Between two observations, until somebody may leave (conv)."""


class VitalBound(NamedTuple):
    """How far out a limit may lie: `lowest` for one below, `highest` for one above or from."""

    vital: Vital
    level: str
    lowest: int | None
    highest: int | None


VITAL_BOUNDS = (
    VitalBound(Vital.SYSTOLIC, "repeat", None, 160),
    VitalBound(Vital.SYSTOLIC, "hard_hold", None, 180),
    VitalBound(Vital.SYSTOLIC, "emergency", 80, 200),
    VitalBound(Vital.DIASTOLIC, "repeat", None, 100),
    VitalBound(Vital.DIASTOLIC, "hard_hold", None, 110),
    VitalBound(Vital.DIASTOLIC, "emergency", 40, 130),
    VitalBound(Vital.HEART_RATE, "prescriber", 45, 130),
    VitalBound(Vital.HEART_RATE, "emergency", 35, 160),
    VitalBound(Vital.RESPIRATORY_RATE, "prescriber", 8, 26),
    VitalBound(Vital.RESPIRATORY_RATE, "emergency", 6, 35),
    VitalBound(Vital.SPO2, "prescriber", 90, None),
    VitalBound(Vital.SPO2, "alert", 90, None),
)
"""Units: see `Vital`. The published limits (140/90, 180, 50 to 150, 10 to 30, 94 %) and room for a clinician (conv)."""

NEEDED_LIMITS = (
    (Vital.SYSTOLIC, ("hard_hold",)),
    (Vital.DIASTOLIC, ("hard_hold",)),
    (Vital.SYSTOLIC, ("emergency",)),
    (Vital.HEART_RATE, ("prescriber", "hard_hold", "emergency")),
    (Vital.RESPIRATORY_RATE, ("prescriber", "hard_hold", "emergency")),
    (Vital.SPO2, ("prescriber", "hard_hold", "emergency", "alert")),
)
"""Each vital sign that is watched around a dose has a limit at one of these levels (vitals; conv)."""

NEEDED_CRITERIA = ("identity", "consent", "vitals", "c_ssrs")
"""Lines that no checklist before a dose leaves out (S4 item 8; conv)."""

ASKED_OF_EVERYBODY = (
    ("uncontrolled hypertension", Condition.UNCONTROLLED_HYPERTENSION, "S4 item 4"),
    ("serious cardiac disease", Condition.SERIOUS_CARDIAC_DISEASE, "S4 item 4"),
    ("psychosis", Condition.PSYCHOSIS, "S4 item 4"),
    ("schizophrenia", Condition.SCHIZOPHRENIA, "S4 item 4"),
    ("severe liver disease", Condition.SEVERE_LIVER_DISEASE, "S4 item 4"),
    ("aneurysmal vascular disease", Condition.ANEURYSMAL_VASCULAR_DISEASE, "label"),
    ("pregnancy", "pregnancy.test", "S4 item 4"),
    ("breastfeeding", "pregnancy.lactating", "S4 item 4"),
    ("hypersensitivity to ketamine", "allergies.ketamine", "label"),
    ("the risk of suicide", "suicidality.level", "conv"),
    ("age", "age_years", "conv"),
)
"""What some screening rule excludes for or brings before a clinician, in every program with a dose."""

CLINICAL = {Role.CLINICIAN, Role.PRESCRIBER}
"""Who may judge a risk or sign somebody out."""

ITEMS_ABOUT_SUICIDE = {"44249-1": 9}
"""By the LOINC code of the questionnaire: the item whose answer asks for a C-SSRS screener (PHQ-9)."""
