"""A message: one thing that one recipient should hear."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.protocol.vocabulary import MessageCategory, Role
from shared.vocabulary import those


class Recipient(StrEnum):
    """The participant, or the people with this role on the site's on-call roster."""

    PARTICIPANT = "participant"
    COORDINATOR = Role.COORDINATOR.value
    FACILITATOR = Role.FACILITATOR.value
    PRESCRIBER = Role.PRESCRIBER.value
    CLINICIAN = Role.CLINICIAN.value


class MessageState(StrEnum):
    """`sending` outlives a crash only when it is in doubt whether the mail server took the message.

    A `carried` message travels in another one's mail, and is `suppressed` as coalesced once that is sent.
    """

    WAITING = "waiting"
    SENDING = "sending"
    CARRIED = "carried"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


ENDED = those(
    MessageState,
    are=(MessageState.SENT, MessageState.SUPPRESSED, MessageState.FAILED),
    are_not=(MessageState.WAITING, MessageState.SENDING, MessageState.CARRIED),
)
TO_SEND = those(
    MessageState,
    are=(MessageState.WAITING, MessageState.SENDING),
    are_not=(MessageState.CARRIED, MessageState.SENT, MessageState.SUPPRESSED, MessageState.FAILED),
)
"""It is decided on when it is due: not yet sent, or in doubt."""
MAY_HAVE_GONE_OUT = those(
    MessageState,
    are=(MessageState.SENDING, MessageState.CARRIED, MessageState.SENT),
    are_not=(MessageState.WAITING, MessageState.SUPPRESSED, MessageState.FAILED),
)
MAILED = those(
    MessageState,
    are=(MessageState.SENDING, MessageState.SENT),
    are_not=(MessageState.WAITING, MessageState.CARRIED, MessageState.SUPPRESSED, MessageState.FAILED),
)
"""A mail of its own went out, or may have."""


@dataclass(frozen=True)
class Notice:
    """What somebody should hear because of a fact: `text` names the template, `reasons` what it stands on.

    It is gone when any of its reasons is; it is worth nothing from `useless_after` on.
    """

    recipient: Recipient
    text: str
    category: MessageCategory
    program_id: UUID | None
    reasons: tuple[str, ...]
    useless_after: datetime | None = None
    subject: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """A notice on its way. `caused_at` is when the fact happened; `sending_at` dates the mail, the same at each try."""

    id: UUID
    site: str
    program_id: UUID | None
    recipient: Recipient
    subject: str | None
    text: str
    category: MessageCategory
    reasons: tuple[str, ...]
    about: Mapping[str, Any]
    caused_at: datetime
    best_before: datetime
    state: MessageState
    not_before: datetime
    attempts: int
    sending_at: datetime | None
    carried_by: UUID | None
    rule: str | None

    @property
    def tried(self) -> bool:
        """Whether sending was begun: it failed, or is in doubt."""
        return bool(self.attempts) or self.state is MessageState.SENDING

    @property
    def to_participant(self) -> bool:
        return self.recipient is Recipient.PARTICIPANT

    @property
    def item(self) -> str | None:
        """What it tells of, where that is one thing on a path."""
        return self.about.get("item")

    @property
    def cohort_id(self) -> UUID | None:
        """The cohort of the offer or appointment that it tells of."""
        given = self.about.get("cohort_id")
        return UUID(given) if given else None

    @property
    def ends_calendar(self) -> bool:
        """Whether it takes every appointment back that its recipient was told of."""
        return bool(self.about.get("ends_calendar"))

    @property
    def useless_after(self) -> datetime | None:
        """When the appointment that it tells of begins, or the offer ends."""
        given = self.about.get("expires_at") or self.about.get("starts_at")
        return datetime.fromisoformat(given) if given else None
