"""What is owed in intake, and what happens when its time comes. Instants in, instants out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.intake.domain.referral import Pin, pinned
from shared.protocol.library import ProtocolLibrary
from shared.protocol.screening import Screening
from shared.refusal import Refused

FORMS: Final = "forms"
REVIEW: Final = "screening_review"
CALL_WITHIN = timedelta(days=1)
"""How soon somebody calls a person who did not hear that they are asked for forms (convention)."""
WITHOUT_PROTOCOL = timedelta(days=1)
"""How soon a clinician looks while the pinned protocol, which says how soon, is not there (convention)."""


@dataclass(frozen=True)
class Remind:
    """Remind the person for the nth time; `wake_at` is the next moment to look again.

    With the last reminder the stage is `call`: the coordinator is told, as long as the forms can still be sent back.
    """

    reminder: int
    wake_at: datetime
    stage: str


@dataclass(frozen=True)
class Wait:
    wake_at: datetime


@dataclass(frozen=True)
class Call:
    """Nobody knows that the person was asked: they are called, again and again, and the forms stay open."""

    stage: str
    unheard: int
    deadline: datetime


@dataclass(frozen=True)
class Lapse:
    """The forms were never finished by somebody who knew of them, and their time is over."""


@dataclass(frozen=True)
class Escalate:
    """The review is overdue: a new stage and a new deadline, for as long as nobody decides."""

    stage: str
    overdue: int
    deadline: datetime


@dataclass(frozen=True)
class Asked:
    """Since when forms are owed, when the person first heard of them, and what was done about it until now."""

    owed_since: datetime
    told_at: datetime | None = None
    reminded: int = 0
    unheard: int = 0

    @property
    def since(self) -> datetime:
        """From when their time counts: from when the person knew; until then it only says when to try again."""
        return self.told_at or self.owed_since


def forms_deadline(screening: Screening, since: datetime) -> datetime:
    return since + screening.forms_within.value


def forms_first_wake(screening: Screening, since: datetime) -> datetime:
    """Return the first reminder, or the deadline when there is none before it."""
    return min([since + after for after in screening.form_reminders] + [forms_deadline(screening, since)])


def forms_step(screening: Screening, asked: Asked, now: datetime) -> Remind | Wait | Call | Lapse:
    """Return what to do about unfinished forms. Reminders that were due while nobody looked are sent as one.

    A silence that was ours never lapses: whom no message reached is called.
    """
    deadline = forms_deadline(screening, asked.since)
    if now >= deadline:
        unheard = asked.unheard + 1
        return Lapse() if asked.told_at else Call(f"unheard:{unheard}", unheard, now + CALL_WITHIN)
    due = [asked.since + after for after in screening.form_reminders]
    reached = sum(at <= now for at in due)
    wake_at = min([at for at in due if at > now] + [deadline])
    stage = "call" if reached == len(due) else f"remind_{reached}"
    return Remind(reached, wake_at, stage) if reached > asked.reminded else Wait(wake_at)


def review_within(protocols: ProtocolLibrary, pin: Pin) -> timedelta:
    """Return how soon a review is due: the pinned protocol's `screening.review_within`."""
    try:
        return pinned(protocols, pin).screening.review_within.value
    except Refused:
        return WITHOUT_PROTOCOL


def review_step(review_within: timedelta, overdue: int, now: datetime) -> Escalate:
    """Escalate an overdue review again and again until a clinician decides; it never closes by itself."""
    return Escalate(f"overdue:{overdue + 1}", overdue + 1, now + review_within)
