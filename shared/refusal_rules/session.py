"""Refusals of a session day: arrival, decision, dose, observations, shelf."""

from shared.refusal_rules.rule import RefusalRule

RULES: dict[str, RefusalRule] = {
    "session_cancelled": RefusalRule(
        "The session is no longer in the calendar.",
        "Look when it is held.",
    ),
    "session_closed": RefusalRule(
        "The session is closed.",
        "A clinician corrects what was recorded, signed.",
    ),
    "session_not_due": RefusalRule(
        "The session is not due yet.",
        "Wait until it is announced.",
    ),
    "session_not_begun": RefusalRule(
        "The session has not begun.",
        "Wait for its start.",
    ),
    "session_over": RefusalRule(
        "The session is over.",
        "A clinician corrects the absence, signed.",
    ),
    "late_needs_clinician": RefusalRule(
        "They came too late to be let in without a decision.",
        "A clinician or the prescriber admits them.",
    ),
    "checklist_required": RefusalRule(
        "A dosing session needs the checklist at check-in.",
        "Send it.",
    ),
    "vitals_required": RefusalRule(
        "A dosing session needs vital signs at check-in.",
        "Send them.",
    ),
    "not_arrived": RefusalRule(
        "This person has not arrived.",
        "Record their arrival first.",
    ),
    "already_arrived": RefusalRule(
        "This person has arrived.",
        "Go on with the next step.",
    ),
    "already_absent": RefusalRule(
        "This person is recorded as absent.",
        "Record that they came, or correct the absence.",
    ),
    "already_dosed": RefusalRule(
        "The dose was given: it is never doubled.",
        "Go on with the observations.",
    ),
    "already_withheld": RefusalRule(
        "The dose was withheld: it is not given later.",
        "See them home.",
    ),
    "already_discharged": RefusalRule(
        "This person was discharged.",
        "Take the discharge back, signed, if it was a mistake.",
    ),
    "already_removed": RefusalRule(
        "This person left the program before the session.",
        "Nothing is recorded of them here.",
    ),
    "not_dosed": RefusalRule(
        "This person is not dosed.",
        "The dose comes first.",
    ),
    "not_discharged": RefusalRule(
        "Somebody is not discharged.",
        "Discharge them first; nothing is to be taken back before.",
    ),
    "still_expected": RefusalRule(
        "Somebody is still expected.",
        "Record who came and who did not.",
    ),
    "not_a_dosing_session": RefusalRule(
        "Nobody is dosed in this session.",
        "Use the dosing session.",
    ),
    "no_go_decision": RefusalRule(
        "There is no go for this person.",
        "The prescriber decides.",
    ),
    "clearance_missing": RefusalRule(
        "The go was not cleared by everybody who must.",
        "Decide again when they answer.",
    ),
    "clearance_expired": RefusalRule(
        "The clearances of the go have ended.",
        "Decide again.",
    ),
    "protocol_without_dosing": RefusalRule(
        "The protocol has no dosing rules.",
        "Nobody is dosed by it.",
    ),
    "minimum_interval": RefusalRule(
        "The interval since the last dose is not over.",
        "Wait until the time that is named.",
    ),
    "no_arms": RefusalRule(
        "The protocol has no arms.",
        "Nothing is to be assigned.",
    ),
    "unknown_arm": RefusalRule(
        "The protocol has no such arm.",
        "Send one of its arms.",
    ),
    "arm_assigned": RefusalRule(
        "The person's arm is assigned, and stays.",
        "Go on with that arm.",
    ),
    "arm_not_assigned": RefusalRule(
        "The person's arm is not assigned.",
        "A clinician or prescriber assigns it.",
    ),
    "route_not_in_protocol": RefusalRule(
        "The protocol gives this dose by another route.",
        "Order one of its routes.",
    ),
    "dose_out_of_range": RefusalRule(
        "The amount is outside the protocol's range.",
        "Order within it.",
    ),
    "weight_out_of_date": RefusalRule(
        "The weight is too old.",
        "Weigh again.",
    ),
    "lot_expired": RefusalRule(
        "The lot has expired.",
        "Take another lot.",
    ),
    "verification_missing": RefusalRule(
        "Nobody has verified the dose.",
        "A second person verifies it with their own login.",
    ),
    "verifier_same_person": RefusalRule(
        "The person who gives the dose does not verify it.",
        "Another person verifies it.",
    ),
    "verification_differs": RefusalRule(
        "This is not the dose that was verified.",
        "Verify this one.",
    ),
    "verification_out_of_date": RefusalRule(
        "It was verified before the go that stands.",
        "Verify it again.",
    ),
    "verification_used": RefusalRule(
        "Another dose was verified by this.",
        "Each dose is verified by itself.",
    ),
    "not_an_observation": RefusalRule(
        "The protocol observes at other minutes.",
        "Send one of its minutes.",
    ),
    "observation_recorded": RefusalRule(
        "This observation is recorded.",
        "Go on with the next.",
    ),
    "observation_too_early": RefusalRule(
        "The observation is not due yet.",
        "Wait for its minute.",
    ),
    "observations_missing": RefusalRule(
        "Observations are missing.",
        "Record them, or say why they are missing.",
    ),
    "discharge_too_early": RefusalRule(
        "Nobody leaves so soon after a dose.",
        "Wait until the time that is named.",
    ),
    "balance_below_zero": RefusalRule(
        "The register does not hold so much of the lot.",
        "Record its receipt, or count it.",
    ),
    "witness_missing": RefusalRule(
        "Nobody says that they saw it.",
        "A second person witnesses it with their own login.",
    ),
    "witness_same_person": RefusalRule(
        "The person who records it is not its witness.",
        "Another person witnesses it.",
    ),
    "witness_differs": RefusalRule(
        "This is not what the witness saw.",
        "Witness this one.",
    ),
    "witness_out_of_date": RefusalRule(
        "It was seen too long ago.",
        "Witness it again.",
    ),
    "witness_used": RefusalRule(
        "Another movement had this witness.",
        "Each movement is witnessed by itself.",
    ),
}
