"""What notifications publishes: what became of a message or a page."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import base

SuppressionRule = Literal["opted_out", "cap", "best_before", "reason_gone", "no_contact", "coalesced"]
"""Why a message is not sent; a `coalesced` one is part of another message's mail."""
Category = Literal[
    "forms",
    "seat_offer",
    "agreement",
    "session_reminder",
    "calendar_change",
    "measure",
    "check_in",
    "safety_check_in",
    "absence",
    "staff_task",
    "page",
]
"""The protocol's message categories, word for word."""


class MessageSent(base.Event, producer="notifications", entity="message", fact="sent", aggregate="message_id"):
    """The mail server took the message."""

    message_id: UUID
    program_id: UUID | None
    category: Category


class MessageSuppressed(
    base.Event, producer="notifications", entity="message", fact="suppressed", aggregate="message_id"
):
    """The message was not sent, on purpose. `item` is what it would have been about, if that is one thing."""

    message_id: UUID
    program_id: UUID | None
    category: Category
    rule: SuppressionRule
    item: str | None = None


class MessageFailed(base.Event, producer="notifications", entity="message", fact="failed", aggregate="message_id"):
    """The message could not be sent before its best-before; a staff task is open for it."""

    message_id: UUID
    program_id: UUID | None
    category: Category
    item: str | None = None


class ParticipantTold(base.Event, producer="notifications", entity="participant", fact="told", aggregate="message_id"):
    """A participant was told of an offer, an appointment, a change of one, or of forms to fill in.

    By a mail that a mail server took, or by a coordinator who reached them. `caused_at` is when the fact happened that
    they were told of; `cohort_id` is the cohort of the offer or of the appointment.
    """

    message_id: UUID
    program_id: UUID
    category: Category
    item: str | None
    cohort_id: UUID | None
    caused_at: AwareDatetime
    by: Literal["mail", "call"]


class AbsenceUnheard(base.Event, producer="notifications", entity="absence", fact="unheard"):
    """A person missed a session, without an excuse, and no mail and no call had told them of it before it began.

    `absent_at` is when the absence was recorded: one that is taken back is another than the next from the same item.
    """

    program_id: UUID
    session_id: UUID
    item: str
    absent_at: AwareDatetime


class PageRaised(base.Event, producer="notifications", entity="page", fact="raised", aggregate="page_id"):
    """Somebody on call is asked to come now, and to acknowledge. Tier 1 is called first."""

    page_id: UUID
    program_id: UUID | None
    item: str
    tier: int


class PageEscalated(base.Event, producer="notifications", entity="page", fact="escalated", aggregate="page_id"):
    """Nobody acknowledged in time; the next tier is asked, the last one again and again."""

    page_id: UUID
    program_id: UUID | None
    tier: int


class PageAcknowledged(base.Event, producer="notifications", entity="page", fact="acknowledged", aggregate="page_id"):
    """A person on call took the page."""

    page_id: UUID
    program_id: UUID | None
    tier: int


class ObligationOpened(
    base.ObligationOpened, producer="notifications", entity="obligation", fact="opened", aggregate="obligation_id"
):
    """Something is due at notifications: an acknowledgement, a message that could not be sent."""


class ObligationEscalated(
    base.ObligationEscalated, producer="notifications", entity="obligation", fact="escalated", aggregate="obligation_id"
):
    """An obligation of notifications passed a stage."""


class ObligationClosed(
    base.ObligationClosed, producer="notifications", entity="obligation", fact="closed", aggregate="obligation_id"
):
    """An obligation of notifications ended."""
