"""Messages: owed, decided, carried, ended."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Text, case, cast, func, insert, select, update

from services.notifications.domain.email import CALENDAR_STANDS, CANCELLED, SEAT_TAKEN, Appointment
from services.notifications.domain.message import MAILED, MAY_HAVE_GONE_OUT, Message, MessageState, Notice, Recipient
from services.notifications.domain.unheard import Telling
from services.notifications.storage.tables import attempt, message
from shared.obligation import table as obligation
from shared.paging import Page
from shared.protocol.vocabulary import MessageCategory
from shared.work import Work

LOOK_BACK = timedelta(days=8)
OF_APPOINTMENTS = (MessageCategory.CALENDAR_CHANGE, MessageCategory.SESSION_REMINDER)
"""The mails that bring calendar files."""


def read(row: RowMapping) -> Message:
    values = {name: row[name] for name in Message.__dataclass_fields__}
    return Message(
        **values
        | {
            "recipient": Recipient(row["recipient"]),
            "category": MessageCategory(row["category"]),
            "state": MessageState(row["state"]),
            "reasons": tuple(row["reasons"]),
        }
    )


async def add(
    work: Work,
    id: UUID,
    site: str,
    notice: Notice,
    *,
    caused_at: datetime,
    best_before: datetime,
    not_before: datetime,
) -> None:
    """Keep a message that waits to be sent."""
    await work.connection.execute(
        insert(message).values(
            id=id,
            site=site,
            program_id=notice.program_id,
            recipient=notice.recipient,
            subject=notice.subject,
            text=notice.text,
            category=notice.category,
            reasons=list(notice.reasons),
            about=dict(notice.about),
            caused_at=caused_at,
            best_before=best_before,
            state=MessageState.WAITING,
            not_before=not_before,
            attempts=0,
            counts_for_caps=False,
        )
    )


async def lock(work: Work, id: UUID) -> Message:
    """Return the message, locked."""
    [row] = await work.lock(select(message).where(message.c.id == id))
    return read(row)


async def find(work: Work, id: UUID) -> Message | None:
    row = (await work.connection.execute(select(message).where(message.c.id == id))).mappings().first()
    return read(row) if row else None


async def change(work: Work, id: UUID, **values: Any) -> None:
    await work.connection.execute(update(message).where(message.c.id == id).values(**values))


async def carried(work: Work, id: UUID) -> list[Message]:
    """Return the messages that travel in this one's mail."""
    return await _select(work, message.c.carried_by == id, message.c.state == MessageState.CARRIED)


async def email(work: Work, program_id: UUID, id: UUID | None) -> tuple[Message, ...]:
    """Return the messages of one mail to a participant: the one that it was sent for first, then those that it carried.

    Without an id, the newest mail that went out (or may have). Empty when there is none.
    """
    which = message.c.id == id if id else message.c.state.in_(MAILED)
    found = await _select(work, message.c.program_id == program_id, message.c.recipient == Recipient.PARTICIPANT, which)
    if not found:
        return ()
    first = max(found, key=lambda one: (one.sending_at or one.caused_at, one.id))
    return (first, *await _select(work, message.c.carried_by == first.id))


async def waiting_beside(work: Work, one: Message) -> list[Message]:
    """Return the other messages that wait for the same participant, locked."""
    if not one.to_participant:
        return []
    query = (
        select(message)
        .where(
            message.c.program_id == one.program_id,
            message.c.recipient == Recipient.PARTICIPANT,
            message.c.state == MessageState.WAITING,
            message.c.id != one.id,
        )
        .order_by(message.c.caused_at, message.c.id)
    )
    return [read(row) for row in await work.lock(query)]


async def waiting_for(work: Work, program_id: UUID) -> list[UUID]:
    """Return the messages that wait to be sent to a participant."""
    rows = await work.connection.execute(
        select(message.c.id)
        .where(
            message.c.program_id == program_id,
            message.c.recipient == Recipient.PARTICIPANT,
            message.c.state == MessageState.WAITING,
        )
        .order_by(message.c.id)
    )
    return list(rows.scalars())


async def waiting_about(work: Work, program_id: UUID, text: str, cohort_id: UUID, item: str) -> Message | None:
    """Return the participant's newest message with this text about a session that did not go out yet."""
    told = await _select(
        work,
        message.c.program_id == program_id,
        message.c.text == text,
        message.c.state == MessageState.WAITING,
        message.c.about["cohort_id"].astext == str(cohort_id),
        message.c.about["item"].astext == item,
    )
    return told[-1] if told else None


async def went_out(work: Work, program_id: UUID, cohort_id: UUID, *, text: str | None = None) -> bool:
    """Return whether a mail told the participant of a cohort's appointments, or may have; or one with this text."""
    told = message.c.text == text if text else message.c.category.in_(OF_APPOINTMENTS)
    on_its_way = message.c.state.in_(MAY_HAVE_GONE_OUT)
    found = await work.connection.execute(
        select(message.c.id)
        .where(
            message.c.program_id == program_id,
            message.c.recipient == Recipient.PARTICIPANT,
            message.c.about["cohort_id"].astext == str(cohort_id),
            told,
            on_its_way | (message.c.rule == "coalesced"),
        )
        .limit(1)
    )
    return found.first() is not None


async def tellings(work: Work, program_id: UUID, appointment: Appointment) -> list[Telling]:
    """Return every message to a participant that tells that an appointment is held, with when it told them."""
    of_it = (message.c.about["item"].astext == appointment.item) | message.c.text.in_([SEAT_TAKEN, CALENDAR_STANDS])
    called = select(obligation.c.closed_at).where(
        obligation.c.kind == "undelivered",
        obligation.c.item == cast(message.c.id, Text),
        obligation.c.closure == "reached",
    )
    mailed = (message.c.state == MessageState.SENT) | (message.c.rule == "coalesced")
    rows = await work.connection.execute(
        select(
            message.c.category,
            message.c.caused_at,
            func.coalesce(case((mailed, message.c.ended_at)), called.scalar_subquery()).label("told_at"),
        ).where(
            message.c.program_id == program_id,
            message.c.recipient == Recipient.PARTICIPANT,
            message.c.category.in_(OF_APPOINTMENTS),
            message.c.text != CANCELLED,
            message.c.about["cohort_id"].astext == str(appointment.cohort_id),
            of_it,
        )
    )
    return [Telling(MessageCategory(row.category), row.caused_at, row.told_at) for row in rows]


async def sent_lately(work: Work, one: Message) -> tuple[datetime, ...]:
    """Return when the participant got ordinary mails lately; one that may have gone out counts too."""
    rows = await work.connection.execute(
        select(message.c.sending_at).where(
            message.c.program_id == one.program_id,
            message.c.recipient == Recipient.PARTICIPANT,
            message.c.counts_for_caps,
            message.c.state.in_(MAILED),
            message.c.sending_at > work.now - LOOK_BACK,
            message.c.id != one.id,
        )
    )
    return tuple(rows.scalars())


async def note(work: Work, one: Message, step: str) -> None:
    """Append a step of a delivery attempt: `begun`, then how it went. A `begun` alone is in doubt."""
    await work.connection.execute(insert(attempt).values(site=one.site, message_id=one.id, at=work.now, step=step))


async def count_steps(work: Work, one: Message, step: str) -> int:
    """Return how many attempts to deliver a message ended so."""
    rows = await work.connection.execute(
        select(func.count()).where(attempt.c.message_id == one.id, attempt.c.step == step)
    )
    return int(rows.scalar_one())


async def shown(
    work: Work, *, program_id: UUID | None, site: str | None, state: str | None, page: Page
) -> list[Message]:
    """Messages, newest first."""
    conditions = []
    if program_id:
        conditions.append(message.c.program_id == program_id)
    if site:
        conditions.append(message.c.site == site)
    if state:
        conditions.append(message.c.state == state)
    rows = await work.connection.execute(
        page.within(select(message).where(*conditions), message.c.caused_at, message.c.id, newest_first=True)
    )
    return [read(row) for row in rows.mappings()]


async def _select(work: Work, *conditions: Any) -> list[Message]:
    rows: Iterable[RowMapping] = (
        await work.connection.execute(select(message).where(*conditions).order_by(message.c.caused_at, message.c.id))
    ).mappings()
    return [read(row) for row in rows]
