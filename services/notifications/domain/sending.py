"""The decision at send time: send now, wait, or never, and by which rule."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from services.notifications.domain.delivery_policy import DeliveryPolicy, quiet_until, room_at
from services.notifications.domain.message import Message, MessageState
from shared.events.notifications import SuppressionRule
from shared.vocabulary import those

HELD_FOR = timedelta(hours=1)
"""When to look again for a protocol that could not be read."""
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=1)
LEAVES_UNTOLD: frozenset[SuppressionRule] = those(
    SuppressionRule,
    are=("opted_out", "cap", "best_before", "no_contact", "coalesced"),
    are_not=("reason_gone",),
)
"""Rules after which the recipient has still to hear it, where it must reach them."""
MOST_DOUBTS = 2
"""Copies of one mail that may be with a server that never said so, although each answer was awaited for minutes."""


@dataclass(frozen=True)
class Send:
    pass


@dataclass(frozen=True)
class Wait:
    until: datetime


@dataclass(frozen=True)
class Suppress:
    rule: SuppressionRule


@dataclass(frozen=True)
class Fail:
    """It could not be sent before its best-before, or nobody knows whether it was (`in_doubt`)."""

    rule: Literal["in_doubt"] | None = None


Decision = Send | Wait | Suppress | Fail


@dataclass(frozen=True)
class Situation:
    """What holds at send time; `sent` are the ordinary mails that the recipient got in the last eight days."""

    reason_stands: bool
    opted_out: bool
    zone: ZoneInfo
    sent: tuple[datetime, ...] = field(default=())


def decide(message: Message, situation: Situation, rules: DeliveryPolicy | None, now: datetime) -> Decision:
    """Return what becomes of a message now. Without rules, as its protocol cannot be read, it is held."""
    if not situation.reason_stands:
        return Suppress("reason_gone")
    if situation.opted_out:
        return Suppress("opted_out")
    if now >= message.best_before:
        return _given_up(message) if message.tried else Suppress("best_before")
    if rules is None:
        return Wait(min(now + HELD_FOR, message.best_before))
    if rules.exempt:
        return Send()
    return _politely(message, situation, rules, now)


def _politely(message: Message, situation: Situation, rules: DeliveryPolicy, now: datetime) -> Decision:
    """Return the first instant that is neither quiet nor over a cap, if the message is still worth it then.

    A cap may not silence an appointment: what must reach the participant waits for the end of the quiet hours alone.
    """
    at, capped = now, False
    while at < message.best_before:
        room = at if rules.must_reach else room_at(rules, situation.sent, situation.zone, at)
        if room is None:
            return Suppress("cap")
        capped = capped or room > at
        audible = max((quiet_until(quiet, situation.zone, room) for quiet in rules.quiet_hours), default=room)
        if audible == at:
            return Send() if at == now else Wait(at)
        at = audible
    if message.tried:
        return _given_up(message)
    return Suppress("cap" if capped else "best_before")


def _given_up(message: Message) -> Fail:
    return Fail("in_doubt" if message.state is MessageState.SENDING else None)


def carried_along(others: Iterable[tuple[Message, Situation]], now: datetime) -> tuple[Message, ...]:
    """Return the waiting messages to the same participant that this mail carries too, so that one mail is enough."""
    return tuple(
        message
        for message, situation in others
        if message.state is MessageState.WAITING
        and situation.reason_stands
        and not situation.opted_out
        and now < message.best_before
    )


class Outcome(StrEnum):
    """How an attempt went. Only after `doubt` may the mail server have taken the mail although we were not told."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    DOUBT = "doubt"
    NO_ANSWER = "no_answer"
    NO_CONTACT = "no_contact"
    OTHER_ZONE = "other_zone"


@dataclass(frozen=True)
class Sent:
    pass


@dataclass(frozen=True)
class TryAgain:
    """`in_doubt`: the very same mail is tried again, so that a second copy can be told by its Message-ID."""

    at: datetime
    in_doubt: bool = False
    failed: bool = True


def after(outcome: Outcome, message: Message, doubts: int, now: datetime) -> Sent | Suppress | Fail | TryAgain:
    """Return what becomes of a message after an attempt; `doubts` of its attempts ended in doubt, this one included.

    A doubt is tried again once, since a mail that never comes can harm; then a person finds out, since each further
    try may be one more copy.
    """
    match outcome:
        case Outcome.ACCEPTED:
            return Sent()
        case Outcome.REFUSED:
            return Fail()
        case Outcome.NO_CONTACT:
            return Suppress("no_contact")
        case Outcome.OTHER_ZONE:
            return TryAgain(now, failed=False)
        case Outcome.DOUBT if doubts >= MOST_DOUBTS:
            return Fail("in_doubt")
        case Outcome.DOUBT:
            return TryAgain(try_again_at(message, now), in_doubt=True)
        case Outcome.UNREACHABLE | Outcome.NO_ANSWER:
            return TryAgain(try_again_at(message, now))


def try_again_at(message: Message, now: datetime) -> datetime:
    """Return when to try again after a failure: after a growing delay, and once more at the best-before to give up."""
    delay = min(FIRST_DELAY * int(2**message.attempts), LONGEST_DELAY)
    return max(min(now + delay, message.best_before), now + timedelta(seconds=1))
