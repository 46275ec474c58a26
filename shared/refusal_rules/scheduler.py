"""Refusals of cohorts, seats, versions, absences and what ends a program."""

from shared.refusal_rules.rule import RefusalRule

RULES: dict[str, RefusalRule] = {
    "group_size": RefusalRule(
        "The protocol's groups are larger or smaller.",
        "Send a capacity within its range.",
    ),
    "starts_on_monday": RefusalRule(
        "The protocol's cohorts start on a Monday.",
        "Send a Monday.",
    ),
    "starts_on_another_day": RefusalRule(
        "The start is not on the day of the start.",
        "Send both on one day of the site's zone.",
    ),
    "cohort_exists": RefusalRule(
        "A cohort of this protocol and theme starts then.",
        "Give the second group a theme of its own.",
    ),
    "missing_input": RefusalRule(
        "The protocol asks each cohort for something that was not sent.",
        "Send every input that is named.",
    ),
    "unknown_input": RefusalRule(
        "The protocol does not ask for this.",
        "Leave it out.",
    ),
    "impossible_input": RefusalRule(
        "No calendar can be made of these inputs.",
        "Correct them.",
    ),
    "cohort_closed": RefusalRule(
        "The cohort is cancelled, or everybody of it is through.",
        "Open another.",
    ),
    "session_announced": RefusalRule(
        "People are on their way to a session of it, or it has begun.",
        "See each of them through, or end their programs.",
    ),
    "version_not_released": RefusalRule(
        "The site has not signed this version.",
        "A clinician releases it, or you use one that is released.",
    ),
    "version_changed": RefusalRule(
        "The file says something else than when the site came to know the version.",
        "Put its content back; a change needs a new version.",
    ),
    "already_known": RefusalRule(
        "The site knows this version.",
        "Nothing is left to release.",
    ),
    "other_content": RefusalRule(
        "What you read is not what is published here.",
        "Read it again, then sign that.",
    ),
    "not_flagged": RefusalRule(
        "This value waits for no medical director.",
        "Send the path of a flagged value.",
    ),
    "already_signed_off": RefusalRule(
        "This value is signed off at the site.",
        "Nothing is left to do.",
    ),
    "same_version": RefusalRule(
        "The cohort follows this version.",
        "Nothing is to be amended.",
    ),
    "past_would_change": RefusalRule(
        "The amendment would change what has been.",
        "Write a version that changes only what is ahead.",
    ),
    "not_at_rest": RefusalRule(
        "Something of this cohort is due at this moment.",
        "Try again in a few seconds.",
    ),
    "program_not_active": RefusalRule(
        "The person is no member of a cohort, or their program is over.",
        "Look at its state; refer or seat them first.",
    ),
    "no_offer": RefusalRule(
        "No seat is offered to this person, or not any more.",
        "Wait for the next offer.",
    ),
    "no_call_owed": RefusalRule(
        "No offer to this person expired unheard.",
        "Nothing is to be recorded.",
    ),
    "no_absence": RefusalRule(
        "This person has no absence from this.",
        "Check the item.",
    ),
    "absence_closed": RefusalRule(
        "The absence has ended.",
        "Nothing is left to do.",
    ),
    "holds_next_dose": RefusalRule(
        "The missed session holds the next dose.",
        "Book its make-up, or sign an override.",
    ),
    "never_doubled": RefusalRule(
        "A missed dose is never made up, and holds nothing.",
        "Close the absence.",
    ),
    "already_booked": RefusalRule(
        "A make-up of this is booked.",
        "Cancel it to book another.",
    ),
    "overlaps": RefusalRule(
        "It would be at the time of something else.",
        "Choose another time.",
    ),
    "no_make_up": RefusalRule(
        "No such make-up is ahead.",
        "Check the item.",
    ),
    "make_up_begun": RefusalRule(
        "The make-up has begun.",
        "Record who was there.",
    ),
    "already_held": RefusalRule(
        "A clinician holds this person's doses.",
        "Release that hold first.",
    ),
    "not_held": RefusalRule(
        "No clinician holds this person's doses.",
        "Nothing is to be released.",
    ),
    "no_review": RefusalRule(
        "No withdrawal review is open.",
        "Nothing is to be decided.",
    ),
    "not_confirmed": RefusalRule(
        "This ends a program for good.",
        "Look whose it is, and send its id once more as `confirms`.",
    ),
    "reason_missing": RefusalRule(
        "Nobody said why.",
        "Send a reason.",
    ),
    "not_left": RefusalRule(
        "This person has not left.",
        "Nothing is to be taken back.",
    ),
    "their_own_decision": RefusalRule(
        "The person withdrew by themselves.",
        "Refer them again if they want to.",
    ),
    "same_signer": RefusalRule(
        "The person who recorded it does not sign that it was a mistake.",
        "Somebody else signs.",
    ),
    "too_late": RefusalRule(
        "They left too long ago to be put back.",
        "Refer them again.",
    ),
    "seat_changed": RefusalRule(
        "Their seat changed in this moment.",
        "Look again, and send it again.",
    ),
    "task_closed": RefusalRule(
        "The task is closed.",
        "Nothing is left to do.",
    ),
    "closed_by_its_remedy": RefusalRule(
        "This task ends with its remedy or its decision.",
        "Give the remedy, or decide.",
    ),
    "choice_missing": RefusalRule(
        "The task is a decision.",
        "Send one of its `choices`.",
    ),
}
