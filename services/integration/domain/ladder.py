"""A ladder: who does what, and when, for as long as something that is asked of a person stays unanswered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.protocol.calendar import Act, ChaseStep
from shared.protocol.spans import later

FIRST_OWNER = "coordinator"
READ_AGAIN = timedelta(minutes=10)
"""How soon a protocol that could not be read is read again; no clinical value."""
LOOK_AGAIN = timedelta(days=30)
"""How often the watch looks at what is overdue and waits for a person. Nothing happens then: no clinical value."""


@dataclass(frozen=True)
class Rung:
    """From `at` on, `owner` owes `act`."""

    at: datetime
    act: Act | Literal["close_as_missed"]
    owner: str


@dataclass(frozen=True)
class Standing:
    """Where a chase stands: who owes what until when, and when to look again.

    `reminder` counts the reminders so far while the newest act is one.
    """

    stage: str
    owner: str
    deadline: datetime
    wake_at: datetime
    reminder: int | None = None


def without_protocol(rule: str, now: datetime) -> Standing:
    """Return where a chase stands whose protocol cannot be read: a person sees to it at once, `rule` says why."""
    return Standing(rule, FIRST_OWNER, now, now + READ_AGAIN)


def rungs(steps: Iterable[ChaseStep], due_at: datetime, zone: ZoneInfo) -> list[Rung]:
    """Return a protocol's ladder on the calendar of a zone."""
    return [Rung(later(due_at, step.after, zone), step.act, step.owner) for step in steps]


def standing(ladder: Sequence[Rung], last_within: timedelta, now: datetime) -> Standing:
    """Return where a chase stands at `now`.

    Each act is owed until the next rung; the last one for `last_within`. Past that it is overdue and stays
    with its owner: only a person ends it.
    """
    passed = [rung for rung in ladder if rung.at <= now]
    ahead = [rung for rung in ladder if rung.at > now]
    if not passed:
        return Standing("open", FIRST_OWNER, ahead[0].at, ahead[0].at)
    last = passed[-1]
    if ahead:
        match last.act:
            case "remind":
                reminders = sum(rung.act == "remind" for rung in passed)
                return Standing(f"remind_{reminders}", last.owner, ahead[0].at, ahead[0].at, reminders)
            case "call" | "second_call" | "clinician_decides" | "close_as_missed":
                return Standing(last.act, last.owner, ahead[0].at, ahead[0].at)
    deadline = last.at + last_within
    if now < deadline:
        return Standing(last.act, last.owner, deadline, deadline)
    return Standing("overdue", last.owner, deadline, now + LOOK_AGAIN)
