"""What speaks against a dose or against leaving: named together, by every authority that is asked.

A name that ends with a colon, or begins with an underscore, is a family: the rest says which one.
"""

from shared.refusal_rules.rule import RefusalRule

RULES: dict[str, RefusalRule] = {
    "program_unknown": RefusalRule(
        "Nobody told of this program here.",
        "Check the program id; wait until the referral or the seat is heard of.",
    ),
    "no_such_item": RefusalRule(
        "The person's agenda has no such dose.",
        "Check the item.",
    ),
    "not_due": RefusalRule(
        "The dose is not due today.",
        "Give it on its day.",
    ),
    "held:": RefusalRule(
        "Something on the path holds the dose; the word after the colon says what.",
        "Make up what is owed, or a clinician signs or releases it.",
    ),
    "screening_not_eligible": RefusalRule(
        "No decision says that the person is eligible.",
        "A clinician signs the screening decision.",
    ),
    "screening_reopened": RefusalRule(
        "What the decision rested on was corrected.",
        "A clinician signs the decision again.",
    ),
    "screening_expired": RefusalRule(
        "The screening decision has ended.",
        "A clinician renews it.",
    ),
    "agreement_missing:": RefusalRule(
        "The agreement after the colon is not signed.",
        "The participant signs it.",
    ),
    "protocol_without_doses": RefusalRule(
        "The protocol that the person is screened by has no doses.",
        "Nobody is dosed by it.",
    ),
    "no_dosing": RefusalRule(
        "The protocol that the person follows has no doses.",
        "Nobody is dosed by it.",
    ),
    "active_in_another_program": RefusalRule(
        "The person is active in another program.",
        "A clinician signs who they are, and that both may run.",
    ),
    "minimum_interval_in_another_program": RefusalRule(
        "The interval since a dose of another program is not over.",
        "Wait until it is.",
    ),
    "open_risk": RefusalRule(
        "Nobody has decided on a risk.",
        "A clinician decides, signed.",
    ),
    "circle_owed:": RefusalRule(
        "The circle after the colon was missed.",
        "Make it up, or a clinician signs an override.",
    ),
    "_missing": RefusalRule(
        "The measure before the word is not complete.",
        "The participant answers its questionnaires.",
    ),
    "c_ssrs_holds_dosing": RefusalRule(
        "What the person answered to the screener holds this day's dose.",
        "Withhold it; a clinician sees to the person.",
    ),
    "vitals_out_of_range": RefusalRule(
        "Vital signs are outside the limits for today.",
        "Withhold the dose.",
    ),
    "vitals_repeat_owed": RefusalRule(
        "Vital signs are to be taken again.",
        "Take them after the rest.",
    ),
    "vitals_need_a_reason": RefusalRule(
        "Vital signs ask for the prescriber's decision.",
        "The prescriber decides, with a reason.",
    ),
    "checklist:": RefusalRule(
        "The criterion after the colon is not met.",
        "Meet it, or withhold the dose.",
    ),
    "staffing:": RefusalRule(
        "Who is named after the colon is not on site, or too few are.",
        "Wait until they are there.",
    ),
    "no_answer:": RefusalRule(
        "The service after the colon did not answer.",
        "Ask again: no answer is no dose.",
    ),
    "stale_answer:": RefusalRule(
        "The answer of the service after the colon is not of this moment.",
        "Ask again.",
    ),
    "discharge:": RefusalRule(
        "The criterion after the colon is not fulfilled.",
        "The person stays until it is.",
    ),
}
