"""Somebody is owed a message: its watch sends it as soon as it may be sent."""

from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from services.notifications.domain.delivery_policy import delivery_policy
from services.notifications.domain.message import Notice, Recipient
from services.notifications.storage import messages, obligations
from services.notifications.storage.ruling import protocols_for_staff
from shared.obligation import HOMEWARD
from shared.projection import participants
from shared.projection.participant import Participant
from shared.protocol.library import ProtocolGone
from shared.work import Work

HELD = timedelta(days=2)
"""How long a message waits for a protocol that cannot be read, before a person calls (convention)."""


async def owe_message(work: Work, site: str, notice: Notice, caused_at: datetime) -> UUID:
    """Owe a recipient a message, not before `caused_at`; return its id."""
    known = await participants.find(work, notice.program_id) if notice.program_id else None
    best_before = caused_at + _worth(work, known, notice)
    if notice.useless_after:
        best_before = min(best_before, notice.useless_after)
    id, not_before = uuid7(), max(work.now, caused_at)
    await messages.add(work, id, site, notice, caused_at=caused_at, best_before=best_before, not_before=not_before)
    await obligations.open(
        work,
        site=site,
        kind="message",
        item=str(id),
        owner=HOMEWARD,
        program_id=notice.program_id,
        deadline=best_before,
        wake_at=not_before,
    )
    return id


def _worth(work: Work, known: Participant | None, notice: Notice) -> timedelta:
    """Return for how long the message is worth sending; one whose protocol cannot be read waits for the file."""
    try:
        to_participant = notice.recipient is Recipient.PARTICIPANT
        ruling = [participants.protocol_of(work, known)] if to_participant else protocols_for_staff(work, known)
    except ProtocolGone:
        return HELD
    return delivery_policy(ruling, notice.category).best_before
