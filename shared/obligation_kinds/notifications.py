"""What notifications owes: messages, pages, calls, and answers that somebody reads."""

from shared.obligation_kinds.kind import ALWAYS_UNANNOUNCED, BY_PROTOCOL, HOMEWARD, Kind, ObligationKind
from shared.protocol.vocabulary import Role

KINDS: dict[Kind, ObligationKind] = {
    "message": ObligationKind(
        HOMEWARD,
        "A message is to be sent.",
        "It ends when it is sent, or kept back by a rule.",
        due="`best_before` of its category",
        closed_by=("notifications.send_message",),
    ),
    "page": ObligationKind(
        BY_PROTOCOL,
        "Somebody on call is asked to come now.",
        "It ends when somebody acknowledges the page.",
        due="`risk.page_ack_within`, again for each tier",
        closed_by=("notifications.acknowledge_page",),
        unannounced=ALWAYS_UNANNOUNCED,
    ),
    "undelivered": ObligationKind(
        Role.COORDINATOR,
        "A message could not be delivered. Please see that the person is told.",
        "It ends when you record how they were told, or when what it was about is over.",
        due="`best_before` of tasks of staff, but no later than what it tells of",
        closed_by=("notifications.resolve_message", "notifications.drop_calls"),
    ),
    "protocol_gone": ObligationKind(
        Role.COORDINATOR,
        "Somebody's messages are waiting: the file with the rules for them is missing, or was changed. "
        "Please have it put back.",
        "It ends by itself when the file is back, or when nothing waits for it any more.",
        due="`best_before` of tasks of staff",
        closed_by=("notifications.hold_message",),
    ),
    "reply": ObligationKind(
        Role.COORDINATOR,
        "Somebody answered a message in words of their own. Please read it.",
        "It ends when you record what came of it.",
        due="`best_before` of tasks of staff",
        closed_by=("notifications.resolve_reply",),
    ),
    "nobody_on_call": ObligationKind(
        Role.COORDINATOR,
        "The on-call roster is empty.",
        "It ends when a roster is set.",
        due="`best_before` of tasks of staff",
        closed_by=("notifications.set_roster",),
        unannounced=ALWAYS_UNANNOUNCED,
    ),
}
