"""Where a program stands, and what its participant still hears there."""

from services.notifications.domain.message import Message
from shared.events.scheduler import State
from shared.protocol.vocabulary import MessageCategory
from shared.vocabulary import those

WENT: frozenset[State] = those(
    State,
    are=("withdrawn", "transferred"),
    are_not=(
        "in_screening",
        "excluded",
        "redirected",
        "declined",
        "lapsed",
        "waiting",
        "offered",
        "active",
        "completed",
        "lost_to_follow_up",
        "died",
    ),
)
"""Whoever goes is told that their appointments are not held for them any more."""
AFTERWARDS = those(
    MessageCategory,
    are=(MessageCategory.SAFETY_CHECK_IN, MessageCategory.CHECK_IN, MessageCategory.MEASURE),
    are_not=(
        MessageCategory.FORMS,
        MessageCategory.SEAT_OFFER,
        MessageCategory.AGREEMENT,
        MessageCategory.SESSION_REMINDER,
        MessageCategory.CALENDAR_CHANGE,
        MessageCategory.ABSENCE,
        MessageCategory.STAFF_TASK,
        MessageCategory.PAGE,
    ),
)
"""Whoever leaves keeps the safety check-in and the follow-up."""
EVERYTHING = frozenset(MessageCategory)


def still_heard(state: State | None) -> frozenset[MessageCategory]:
    """Return the categories of messages that a participant in this state is sent; an unknown state is on the way."""
    match state:
        case None | "in_screening" | "waiting" | "offered" | "active":
            return EVERYTHING
        case "died":
            return frozenset()
        case "excluded" | "redirected" | "declined" | "lapsed" | "withdrawn" | "transferred":
            return AFTERWARDS
        case "completed" | "lost_to_follow_up":
            return AFTERWARDS


def still_meant(message: Message, state: State | None) -> bool:
    """Return whether the message still makes sense for a program in this state."""
    heard = still_heard(state)
    if message.ends_calendar:
        return bool(heard)
    if message.to_participant:
        return message.category in heard
    return message.text != "we_missed_you" or MessageCategory.ABSENCE in heard
