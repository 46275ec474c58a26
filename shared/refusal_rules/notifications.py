"""Refusals of messages, pages and answers."""

from shared.refusal_rules.rule import RefusalRule

RULES: dict[str, RefusalRule] = {
    "page_closed": RefusalRule(
        "Somebody has taken the page, or it is settled.",
        "Nobody else need come.",
    ),
    "not_undelivered": RefusalRule(
        "No call is owed for this message.",
        "Nothing is to be recorded.",
    ),
    "site_required": RefusalRule(
        "Nothing is known of this program yet, and you act for several sites.",
        "Name the site that the program is at.",
    ),
    "no_open_reply": RefusalRule(
        "Nobody is asked to read this answer any more.",
        "Nothing is left to do.",
    ),
}
