"""Refusals of more than one service, or of what all of them share."""

from shared.refusal_rules.rule import RefusalRule

RULES: dict[str, RefusalRule] = {
    "token": RefusalRule(
        "There is no token, or one that cannot be trusted.",
        "Sign in.",
    ),
    "unstorable_value": RefusalRule(
        "A value holds what a database cannot keep, such as a null character.",
        "Send it without.",
    ),
    "not_found": RefusalRule(
        "It is not there, or not for you to see: both look the same.",
        "Check the id, and that you act for its site.",
    ),
    "role": RefusalRule(
        "Your role may not do this.",
        "Ask somebody whose role may.",
    ),
    "site": RefusalRule(
        "You act for other sites.",
        "Ask somebody of that site, or sign in for it.",
    ),
    "own_program": RefusalRule(
        "A participant acts for their own program alone.",
        "Use the program id that your login is for.",
    ),
    "unknown_site": RefusalRule(
        "There is no site of this code.",
        "Send the code of a site in the sites file.",
    ),
    "unknown_link": RefusalRule(
        "The link is not one of ours, or not whole.",
        "Open the whole link of the mail again, or call.",
    ),
    "unknown_cursor": RefusalRule(
        "The page asked for does not follow another one.",
        "Send as `after` what the page before gave as `next`.",
    ),
    "invalid_key": RefusalRule(
        "The idempotency key cannot be used.",
        "Send printable ASCII characters, not too many.",
    ),
    "key_of_another_command": RefusalRule(
        "This key came with another command before.",
        "Give each command a key of its own.",
    ),
    "already_done": RefusalRule(
        "This command was carried out; its answer is no longer kept.",
        "Read how things stand: nothing is left to do.",
    ),
    "revision_required": RefusalRule(
        "The record was not read before it was changed.",
        "Read it, and send its `ETag` as `If-Match`.",
    ),
    "stale": RefusalRule(
        "Somebody changed this since you read it.",
        "Read it again, then decide again.",
    ),
    "impossible_date": RefusalRule(
        "The date cannot be true.",
        "Correct the field that is named.",
    ),
    "unknown_protocol": RefusalRule(
        "There is no such protocol, or no such version of it.",
        "Send the id and version of a protocol that is here.",
    ),
    "no_released_version": RefusalRule(
        "Several versions are here, and none is released at the site.",
        "A clinician releases one.",
    ),
    "value_not_set": RefusalRule(
        "The version leaves a value open that no publication gives.",
        "Set it in a new version, with your decision as source, and release that.",
    ),
    "protocol_unpinned": RefusalRule(
        "Nobody kept which content of the protocol was pinned.",
        "A clinician amends the cohort to a version, which pins its content again.",
    ),
    "protocol_gone": RefusalRule(
        "The pinned protocol's file is not here.",
        "Put the file back.",
    ),
    "protocol_changed": RefusalRule(
        "The file of the pinned version was changed.",
        "Put its content back; a change needs a new version.",
    ),
    "protocol_faulty": RefusalRule(
        "The pinned protocol's file cannot be read.",
        "Put it right: `protocol check` names the fault.",
    ),
    "agreement_missing": RefusalRule(
        "An agreement that this needs is not signed.",
        "The participant signs it.",
    ),
    "check_missing": RefusalRule(
        "What the protocol asks for before such a session is not confirmed.",
        "Confirm each of them, then record who is there.",
    ),
    "starts_in_the_past": RefusalRule(
        "It would begin in the past.",
        "Send a time that is ahead.",
    ),
    "too_far_ahead": RefusalRule(
        "It begins later than the site books ahead.",
        "Correct the date, or let the site book further ahead.",
    ),
    "attendance_settled": RefusalRule(
        "Everybody is accounted for, so nobody is expected again.",
        "Say whether the person was there.",
    ),
    "not_absent": RefusalRule(
        "This person is not absent.",
        "Look who is; nothing is to be corrected.",
    ),
    "re_authentication": RefusalRule(
        "A signature needs a login of this moment.",
        "Sign in again, then sign.",
    ),
}
