"""Where a program stands, and what its participant still hears there."""

from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from services.notifications.domain.message import Message
from shared.events.scheduler import State
from shared.protocol.words import MessageCategory

ON_THE_WAY: tuple[State, ...] = ("in_screening", "waiting", "offered", "active")
SILENT: tuple[State, ...] = ("died",)
WENT: tuple[State, ...] = ("withdrawn", "transferred")
"""Whoever goes is told that their appointments are not held for them any more."""
AFTERWARDS = frozenset({MessageCategory.SAFETY_CHECK_IN, MessageCategory.CHECK_IN, MessageCategory.MEASURE})
"""Whoever leaves keeps the safety check-in and the follow-up."""
EVERYTHING = frozenset(MessageCategory)


@dataclass(frozen=True)
class Standing:
    """What is known of a program. `protocol_*` pin the very content that rules its participant's messages.

    `calendar_turns` is how often its appointments were taken from this person as a whole, or given back.
    """

    program_id: UUID
    site: str
    state: State | None = None
    cohort_id: UUID | None = None
    zone: str | None = None
    protocol_id: str | None = None
    protocol_version: str | None = None
    protocol_hash: str | None = None
    calendar_turns: int = 0

    @property
    def pin(self) -> str:
        """The pin as staff read it in a task."""
        return f"{self.protocol_id}@{self.protocol_version}" if self.protocol_id else "unknown"


def still_heard(state: State | None) -> frozenset[MessageCategory]:
    """The categories of messages that a participant in this state is sent; a state not known yet is on the way."""
    if state is None or state in ON_THE_WAY:
        return EVERYTHING
    if state in SILENT:
        return frozenset()
    assert state in get_args(State)
    return AFTERWARDS


def still_meant(message: Message, state: State | None) -> bool:
    """Whether the message still makes sense for a program in this state."""
    heard = still_heard(state)
    if message.ends_calendar:
        return state not in SILENT
    if message.to_participant:
        return message.category in heard
    return message.text != "we_missed_you" or MessageCategory.ABSENCE in heard
