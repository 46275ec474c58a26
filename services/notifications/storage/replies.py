"""Answers to our messages that were not understood: kept here alone, for a person to read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from services.notifications.domain.message import Message
from services.notifications.storage.tables import reply
from shared.work import Work

KIND: Final = "reply"


@dataclass(frozen=True)
class Reply:
    """What a participant wrote; `answers` is the message that they answered, where it is known."""

    id: UUID
    site: str
    program_id: UUID
    channel: str
    subject: str
    text: str
    answers: UUID | None
    received_at: datetime


async def keep(
    work: Work, site: str, program_id: UUID, *, channel: str, subject: str, text: str, answers: Message | None
) -> UUID:
    """Keep an answer; return its id."""
    id = uuid7()
    await work.connection.execute(
        insert(reply).values(
            id=id,
            site=site,
            program_id=program_id,
            channel=channel,
            subject=subject,
            text=text,
            answers=answers.id if answers else None,
            received_at=work.now,
        )
    )
    return id


async def find(work: Work, id: UUID) -> Reply | None:
    row = (await work.connection.execute(select(reply).where(reply.c.id == id))).mappings().first()
    return Reply(**row) if row else None
