"""Seats: who is offered one next, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.events.scheduler import State
from shared.protocol.model import Protocol
from shared.vocabulary import those

SeatState = Literal["free", "offered", "taken"]
HOLD_A_SEAT: frozenset[State] = those(
    State,
    are=("waiting", "offered", "active"),
    are_not=(
        "in_screening",
        "excluded",
        "redirected",
        "declined",
        "lapsed",
        "completed",
        "lost_to_follow_up",
        "withdrawn",
        "transferred",
        "died",
    ),
)
"""The states of whoever may hold a seat: it is offered to somebody who waits, and a member takes it."""


@dataclass(frozen=True)
class Waiting:
    """A person on the waitlist: since when, and how many offers they let pass."""

    program_id: UUID
    since: datetime
    offers_expired: int


def next_in_line(waiting: Iterable[Waiting]) -> list[Waiting]:
    """First those who let no offer pass, then by how long they have waited."""
    return sorted(waiting, key=lambda one: (one.offers_expired, one.since, str(one.program_id)))


def seats_close_at(protocol: Protocol, starts_at: datetime) -> datetime:
    """After this nobody joins the cohort any more."""
    return starts_at - protocol.cohort.seats_close_before.value


def expires_at(protocol: Protocol, now: datetime, starts_at: datetime) -> datetime:
    """An offer stands for the protocol's time, but never beyond the closing of the seats."""
    closes = seats_close_at(protocol, starts_at)
    return max(min(now + protocol.cohort.offer_expires.value, closes), now + timedelta(seconds=1))
