"""The stages of what is owed on a session day: who owes it now, until when, and when that changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.session.domain.vitals import Repeat

LOOK_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Stage:
    """What an obligation says now. `wake_at` is the next moment at which that changes, always ahead."""

    name: str
    owner: str
    deadline: datetime
    wake_at: datetime


def next_look(moments: Sequence[datetime], now: datetime) -> datetime:
    """Return the first moment still ahead; when there is none, a day later: what is overdue is not forgotten."""
    return min((at for at in moments if at > now), default=now + LOOK_AGAIN)


def repeat_stage(repeat: Repeat, now: datetime) -> Stage:
    """Return where a repeat stands: first the rest, then the facilitator measures; overdue, it is the prescriber's."""
    wake_at = next_look([repeat.not_before, repeat.due_by], now)
    if now < repeat.not_before:
        return Stage("resting", "facilitator", repeat.due_by, wake_at)
    if now < repeat.due_by:
        return Stage("due", "facilitator", repeat.due_by, wake_at)
    return Stage("overdue", "prescriber", repeat.due_by, wake_at)


def overdue_stage(owner: str, then: str, deadline: datetime, now: datetime) -> Stage:
    """Return what one role owes until the deadline and another from then on."""
    if now < deadline:
        return Stage("open", owner, deadline, deadline)
    return Stage("overdue", then, deadline, next_look([], now))
