"""Refusals of circles, check-ins, measures and risk."""

from shared.refusal_rules.rule import RefusalRule

RULES: dict[str, RefusalRule] = {
    "check_in_closed": RefusalRule(
        "The check-in is closed.",
        "Nothing is left to ask.",
    ),
    "unknown_question": RefusalRule(
        "The check-in does not ask this.",
        "Answer its questions.",
    ),
    "out_of_range": RefusalRule(
        "The answer is outside the scale.",
        "Send a value of the scale.",
    ),
    "answer_missing": RefusalRule(
        "A question that can signal risk is not answered.",
        "Ask it, and send the answer.",
    ),
    "skipped_question": RefusalRule(
        "This question is not asked after that answer.",
        "Leave it out.",
    ),
    "circle_not_due": RefusalRule(
        "The circle is not due.",
        "Attendance is recorded while it is due; it is closed once it was held.",
    ),
    "circle_not_started": RefusalRule(
        "The circle has not begun.",
        "Wait for its start.",
    ),
    "circle_cancelled": RefusalRule(
        "The circle is not held.",
        "Nothing is recorded of it.",
    ),
    "circle_closed": RefusalRule(
        "The circle is closed.",
        "Nothing is left to do.",
    ),
    "present_and_absent": RefusalRule(
        "Somebody is named as present and as absent.",
        "Name each person once.",
    ),
    "not_on_roster": RefusalRule(
        "This person is not expected here.",
        "Check the program id.",
    ),
    "already_recorded": RefusalRule(
        "Something else is recorded of this person.",
        "A clinician corrects an absence, signed.",
    ),
    "attendance_missing": RefusalRule(
        "Nothing is recorded of somebody.",
        "Record who came and who did not.",
    ),
    "measure_closed": RefusalRule(
        "The measure is closed.",
        "Nothing is left to answer.",
    ),
    "unknown_instrument": RefusalRule(
        "The measure does not ask for this questionnaire.",
        "Answer one of its questionnaires.",
    ),
    "already_answered": RefusalRule(
        "The questionnaire is complete.",
        "Nothing is left to answer.",
    ),
    "wrong_number_of_items": RefusalRule(
        "The questionnaire has another number of items.",
        "Send one answer an item, null where there is none.",
    ),
    "chase_not_over": RefusalRule(
        "The measure is still chased.",
        "Wait until the time that is named.",
    ),
    "risk_closed": RefusalRule(
        "The risk is decided on.",
        "Nothing is left to decide.",
    ),
    "c_ssrs_owed": RefusalRule(
        "The screener of this risk comes before the decision.",
        "A clinician asks the C-SSRS screener.",
    ),
}
