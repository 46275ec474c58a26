"""The participants that a service keeps: one table, and one set of handlers that fills it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, RowMapping, Table, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.database import metadata
from shared.events import Envelope, Event
from shared.events.base import ProtocolPin
from shared.events.subscriptions import PARTICIPANTS
from shared.handlers import Handlers
from shared.projection.participant import Change, Participant
from shared.protocol.library import ProtocolGone
from shared.protocol.model import Protocol
from shared.work import Work

Then = Callable[[Work, Envelope[Any], Change], Awaitable[None]]
"""What a service does once an event about a participant is kept: it sees what the event changed, if anything."""

table = Table(
    "participant",
    metadata,
    Column("program_id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("state", Text),
    Column("state_sequence", Integer, nullable=False),
    Column("cohort_id", Uuid),
    Column("zone", Text),
    Column("seat_sequence", Integer, nullable=False),
    Column("protocol_id", Text),
    Column("protocol_version", Text),
    Column("protocol_hash", Text),
    Column("protocol_sequence", Integer, nullable=False),
)


def keep(handlers: Handlers, then: Mapping[type[Event], Then] | None = None) -> None:
    """Let a service keep participants: each event about one is folded into its row, and then acted on by `then`."""
    for event in PARTICIPANTS:
        handlers.hears(event)(_keeping((then or {}).get(event)))


def _keeping(then: Then | None) -> Callable[[Work, Envelope[Any]], Awaitable[None]]:
    async def hear(work: Work, heard: Envelope[Any]) -> None:
        before = await lock(work, heard.site, heard.data.program_id)
        change = Change(before, before.after(heard.data, heard.sequence))
        await _write(work, change)
        if then:
            await then(work, heard, change)

    return hear


async def begin(work: Work, site: str, program_id: UUID, pin: ProtocolPin) -> None:
    """Note the protocol that a person was referred to: it is theirs until a cohort's takes its place."""
    before = await lock(work, site, program_id)
    await _write(work, Change(before, before.screened_by(pin)))


async def find(work: Work, program_id: UUID) -> Participant | None:
    """Return what is known of a program; None when nothing was heard of it."""
    row = (await work.connection.execute(select(table).where(table.c.program_id == program_id))).mappings().first()
    return _read(row) if row else None


async def of_cohort(work: Work, cohort_id: UUID) -> list[Participant]:
    """Return everybody who holds a seat in a cohort, in whatever state."""
    seated = select(table).where(table.c.cohort_id == cohort_id).order_by(table.c.program_id)
    return [_read(row) for row in (await work.connection.execute(seated)).mappings()]


async def lock(work: Work, site: str, program_id: UUID) -> Participant:
    """Return the participant, locked; of one that nothing was heard of yet there is a row from now on."""
    mine = select(table).where(table.c.program_id == program_id)
    if not (rows := await work.lock(mine)):
        new = insert(table).values(asdict(Participant(program_id, site)))
        await work.connection.execute(new.on_conflict_do_nothing())
        rows = await work.lock(mine)
    return _read(rows[0])


def protocol_of(work: Work, known: Participant | None) -> Protocol:
    """Return the very content that a participant follows; raise ProtocolGone when it cannot be told or read."""
    if known is None or known.protocol_id is None or known.protocol_version is None:
        raise ProtocolGone("protocol_unpinned", "nobody said which protocol this person follows")
    return work.protocols.pinned(known.protocol_id, known.protocol_version, known.protocol_hash)


async def _write(work: Work, change: Change) -> None:
    if change.is_news:
        changed = update(table).where(table.c.program_id == change.after.program_id).values(asdict(change.after))
        await work.connection.execute(changed)


def _read(row: RowMapping) -> Participant:
    return Participant(**{field.name: row[field.name] for field in fields(Participant)})
