"""Refusals of referral, screening and agreements."""

from shared.refusal_rules.rule import RefusalRule

RULES: dict[str, RefusalRule] = {
    "referral_exists": RefusalRule(
        "The site has a referral of this reference.",
        "Open that one, or send another reference.",
    ),
    "likely_duplicate": RefusalRule(
        "Somebody like this person is known already.",
        "Look at it, then send `confirmed`.",
    ),
    "unknown_zone": RefusalRule(
        "There is no such time zone.",
        "Send an IANA name such as `America/Denver`.",
    ),
    "another_date_of_birth": RefusalRule(
        "This is not the date of birth of the person who was referred.",
        "Correct the answers, or the record of the person.",
    ),
    "unknown_condition": RefusalRule(
        "The person's protocol does not know this condition: no rule would read it.",
        "Send a code that the protocol knows.",
    ),
    "remission_date": RefusalRule(
        "A use disorder is either active, or in remission since a date.",
        "Send one of the two.",
    ),
    "already_submitted": RefusalRule(
        "The answers are submitted.",
        "Correct them as a whole, with `complete=true`.",
    ),
    "already_decided": RefusalRule(
        "The screening decision is signed.",
        "A coordinator corrects what `eligible` rests on; else refer the person again.",
    ),
    "screening_lapsed": RefusalRule(
        "The time for the forms is over.",
        "Refer the person again.",
    ),
    "screening_closed": RefusalRule(
        "The screening did not end in `eligible`: there is nothing to agree to.",
        "Refer the person again if this changed.",
    ),
    "forms_not_submitted": RefusalRule(
        "There is nothing to decide on yet.",
        "The forms are submitted first.",
    ),
    "not_evaluated": RefusalRule(
        "The answers were not evaluated by the protocol that the person follows.",
        "Submit them again, complete.",
    ),
    "answers_changed": RefusalRule(
        "There are newer answers than those that you read.",
        "Read them, then sign.",
    ),
    "override_needs_reason": RefusalRule(
        "A rule excludes this person.",
        "Say why they are eligible nevertheless, or decide otherwise.",
    ),
    "no_forms_owed": RefusalRule(
        "This person owes no forms.",
        "Nothing is to be told.",
    ),
    "nobody_alike": RefusalRule(
        "Nobody is known who is like this person.",
        "Nothing is to be signed.",
    ),
    "already_signed": RefusalRule(
        "This agreement stands.",
        "Nothing is left to sign.",
    ),
    "not_signed": RefusalRule(
        "This agreement is not signed.",
        "Nothing is to be revoked.",
    ),
}
