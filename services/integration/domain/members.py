"""What stays owed to who left the program."""

from shared.events.scheduler import State
from shared.protocol.calendar import CheckIns, Follows
from shared.protocol.measures import Measure


def keeps_check_in(state: State | None, check_ins: CheckIns | None, item: str, follows: Follows | None = None) -> bool:
    """Whoever leaves keeps the safety check-in, and nothing else; who died is asked nothing."""
    match state:
        case "died":
            return False
        case "withdrawn" | "transferred":
            return _follows_leaving(follows, check_ins, item)
        case None | "in_screening" | "waiting" | "offered" | "active" | "completed" | "lost_to_follow_up":
            return True
        case "excluded" | "redirected" | "declined" | "lapsed":
            return True


def _follows_leaving(follows: Follows | None, check_ins: CheckIns | None, item: str) -> bool:
    """Return whether a check-in is the one after leaving.

    What was asked by an older build does not say what it follows: the protocol's own key tells then.
    """
    match follows:
        case "leaving":
            return True
        case "dose":
            return False
        case None:
            return follows_leaving(check_ins, item)


def follows_leaving(check_ins: CheckIns | None, item: str) -> bool:
    """Return whether this is the check-in that the protocol owes to who leaves."""
    for check_in in check_ins.asked if check_ins else ():
        match check_in.follows:
            case "leaving" if item == f"check_in:{check_in.key}":
                return True
            case "leaving" | "dose":
                pass
    return False


def keeps_measure(state: State | None, measure: Measure) -> bool:
    """Return whether a measure is offered: after a withdrawal what the protocol offers then, after a death nothing."""
    match state:
        case "withdrawn":
            return measure.offered_after_leaving
        case "transferred" | "died":
            return False
        case None | "in_screening" | "waiting" | "offered" | "active" | "completed" | "lost_to_follow_up":
            return True
        case "excluded" | "redirected" | "declined" | "lapsed":
            return True
