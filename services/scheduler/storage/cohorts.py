"""Cohorts: their calendar rows, their seats."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, Table, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.scheduler.domain.calendar import Calendar, CalendarSession
from services.scheduler.domain.seats import seats_close_at
from services.scheduler.storage.tables import calendar_session, cohort, program, seat
from shared.events import ProtocolPin
from shared.events import scheduler as events
from shared.protocol.model import Protocol
from shared.protocol.words import SessionKind
from shared.refusal import not_found
from shared.watch import Rest
from shared.work import Work


@dataclass(frozen=True)
class Cohort:
    """One cohort's row."""

    id: UUID
    site: str
    protocol_id: str
    protocol_version: str
    protocol_hash: str
    inputs: dict[str, int]
    theme: str | None
    capacity: int
    starts_on: date
    starts_at: datetime
    zone: str
    calendar_revision: int
    revision: int
    closed_at: datetime | None

    @property
    def pin(self) -> ProtocolPin:
        return ProtocolPin(id=self.protocol_id, version=self.protocol_version, hash=self.protocol_hash)


@dataclass(frozen=True)
class BookedSession(CalendarSession):
    """A session of the calendar as it stands: its id, the calendar's revision, when it was announced."""

    session_id: UUID
    revision: int
    announced_at: datetime | None

    def is_fixed(self, now: datetime) -> bool:
        """Announced or begun: people are on their way, and it does not move any more."""
        return self.announced_at is not None or self.starts_at <= now


@dataclass(frozen=True)
class Seat:
    cohort_id: UUID
    number: int
    program_id: UUID | None
    state: str
    expires_at: datetime | None


def _cohort(row: RowMapping) -> Cohort:
    return Cohort(**{name: row[name] for name in Cohort.__dataclass_fields__})


def _booked(row: RowMapping) -> BookedSession:
    values = {name: row[name] for name in BookedSession.__dataclass_fields__}
    return BookedSession(**values | {"kind": SessionKind(row["kind"])})


def _seat(row: RowMapping) -> Seat:
    return Seat(**{name: row[name] for name in Seat.__dataclass_fields__})


def workflow_id(cohort_id: UUID) -> str:
    return f"scheduler-cohort-{cohort_id}"


async def create(work: Work, new: Cohort, sessions: Iterable[BookedSession]) -> None:
    """A cohort with its calendar and as many free seats as it takes people."""
    row = {name: getattr(new, name) for name in Cohort.__dataclass_fields__}
    await work.connection.execute(insert(cohort).values(**row, settled_revision=0))
    seats = [{"cohort_id": new.id, "number": n, "site": new.site, "state": "free"} for n in range(1, new.capacity + 1)]
    await work.connection.execute(insert(seat), seats)
    booked = [_session_row(new, session) for session in sessions]
    await work.connection.execute(insert(calendar_session), booked)


def _session_row(of: Cohort, session: BookedSession) -> dict[str, Any]:
    values = {name: getattr(session, name) for name in BookedSession.__dataclass_fields__}
    return values | {"cohort_id": of.id, "site": of.site}


async def get(work: Work, id: UUID, *, lock: bool = False) -> Cohort:
    query = select(cohort).where(cohort.c.id == id)
    row = (await work.connection.execute(query.with_for_update(key_share=True) if lock else query)).mappings().first()
    if row is None:
        raise not_found("cohort", id)
    return _cohort(row)


async def listed(work: Work, site: str | None = None) -> list[Cohort]:
    query = select(cohort).where(cohort.c.site == site) if site else select(cohort)
    rows = await work.connection.execute(query.order_by(cohort.c.starts_at, cohort.c.id))
    return [_cohort(row) for row in rows.mappings()]


async def open_for(work: Work, site: str, protocol_id: str) -> list[Cohort]:
    """Cohorts that may have a seat for somebody, locked, the earliest start first."""
    rows = await work.connection.execute(
        select(cohort)
        .where(cohort.c.site == site, cohort.c.protocol_id == protocol_id, cohort.c.closed_at.is_(None))
        .order_by(cohort.c.starts_at, cohort.c.id)
        .with_for_update(key_share=True)
    )
    return [_cohort(row) for row in rows.mappings()]


async def free_seats_before(work: Work, of: Cohort) -> int:
    """How many seats are free in cohorts of the same site and protocol that start earlier and still take people."""
    earlier = select(cohort).where(
        cohort.c.site == of.site,
        cohort.c.protocol_id == of.protocol_id,
        cohort.c.closed_at.is_(None),
        cohort.c.starts_at < of.starts_at,
    )
    free = 0
    for row in (await work.connection.execute(earlier)).mappings():
        one = _cohort(row)
        if work.now < seats_close_at(protocol_of(work, one), one.starts_at):
            seats = select(func.count()).where(seat.c.cohort_id == one.id, seat.c.state == "free")
            free += (await work.connection.execute(seats)).scalar_one()
    return free


def protocol_of(work: Work, of: Cohort) -> Protocol:
    """The pinned protocol, with the cohort's inputs in place; refused when its content is not what was pinned."""
    published = work.protocols.get(of.protocol_id, of.protocol_version)
    if published.content_hash != of.protocol_hash:
        raise RuntimeError(f"{of.protocol_id} {of.protocol_version} is not the content that cohort {of.id} pinned")
    return published.with_inputs(of.inputs) if published.inputs else published


async def sessions(work: Work, cohort_id: UUID) -> list[BookedSession]:
    rows = await work.connection.execute(
        select(calendar_session)
        .where(calendar_session.c.cohort_id == cohort_id, calendar_session.c.dropped_at.is_(None))
        .order_by(calendar_session.c.starts_at, calendar_session.c.item)
    )
    return [_booked(row) for row in rows.mappings()]


async def calendar(work: Work, of: Cohort) -> Calendar:
    """The cohort's calendar as booked."""
    booked = {session.item: session for session in await sessions(work, of.id)}
    return Calendar(of.starts_on, of.starts_at, ZoneInfo(of.zone), booked)


async def rebook(work: Work, of: Cohort, session: BookedSession) -> BookedSession:
    """Put a session into the calendar again, or for the first time; one that was dropped keeps its id."""
    row = upsert(calendar_session).values(**_session_row(of, session), dropped_at=None)
    newer = {name: row.excluded[name] for name in ("starts_at", "ends_at", "revision", "dropped_at")}
    booked = await work.connection.execute(
        row.on_conflict_do_update(index_elements=["cohort_id", "item"], set_=newer).returning(calendar_session)
    )
    return _booked(booked.mappings().one())


Told = TypeVar("Told", events.SessionBooked, events.SessionCancelled)


def told(fact: type[Told], of: Cohort, session: BookedSession) -> Told:
    """What others hear of a session that is booked or cancelled."""
    return fact(
        session_id=session.session_id,
        cohort_id=of.id,
        item=session.item,
        kind=session.kind.value,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        zone=of.zone,
        calendar_revision=session.revision,
        protocol=of.pin,
    )


async def drop(work: Work, of: Cohort, session: BookedSession) -> BookedSession:
    """Take a session out of the calendar."""
    dropped = await work.connection.execute(
        update(calendar_session)
        .where(calendar_session.c.session_id == session.session_id)
        .values(dropped_at=work.now, revision=of.calendar_revision)
        .returning(calendar_session)
    )
    return _booked(dropped.mappings().one())


async def is_settled(work: Work, of: Cohort) -> bool:
    """Whether the clockwork has drawn every consequence: nothing is due and not done."""
    return await _settled(work, cohort, cohort.c.id == of.id)


async def members_are_settled(work: Work, of: Cohort) -> bool:
    """Whether the clockwork of every member has drawn every consequence."""
    return await _settled(work, program, program.c.cohort_id == of.id)


async def _settled(work: Work, table: Table, which: ColumnElement[bool]) -> bool:
    due = table.c.closed_at.is_(None) & (table.c.wake_at <= work.now)
    unsettled = select(func.count()).where(which, (table.c.settled_revision < table.c.revision) | due)
    return (await work.connection.execute(unsettled)).scalar_one() == 0


async def mark_announced(work: Work, session: BookedSession) -> None:
    await work.connection.execute(
        update(calendar_session)
        .where(calendar_session.c.session_id == session.session_id)
        .values(announced_at=work.now)
    )


async def seats(work: Work, cohort_id: UUID) -> list[Seat]:
    rows = await work.connection.execute(
        select(seat).where(seat.c.cohort_id == cohort_id).order_by(seat.c.number).with_for_update(key_share=True)
    )
    return [_seat(row) for row in rows.mappings()]


async def seat_of(work: Work, program_id: UUID) -> Seat | None:
    rows = await work.connection.execute(select(seat).where(seat.c.program_id == program_id))
    row = rows.mappings().first()
    return _seat(row) if row else None


async def set_seat(
    work: Work, one: Seat, state: str, program_id: UUID | None = None, expires_at: datetime | None = None
) -> None:
    """Offer, take or free a seat; the database allows a program one seat, and a seat one program."""
    await work.connection.execute(
        update(seat)
        .where(seat.c.cohort_id == one.cohort_id, seat.c.number == one.number)
        .values(state=state, program_id=program_id, expires_at=expires_at)
    )


async def touch(work: Work, of: Cohort) -> Cohort:
    """Something about the cohort changed: its clockwork looks again."""
    revision = of.revision + 1
    changed = await change(work, of, revision=revision)
    await work.nudge("CohortProgram", workflow_id(of.id), site=of.site, stands=Rest(revision))
    return changed


async def change(work: Work, of: Cohort, **values: Any) -> Cohort:
    changed = await work.connection.execute(
        update(cohort).where(cohort.c.id == of.id).values(**values).returning(cohort)
    )
    return _cohort(changed.mappings().one())


async def settle(work: Work, of: Cohort, *, wake_at: datetime | None, closed: bool) -> None:
    """The clockwork has done what was due at this revision."""
    await work.settle(workflow_id(of.id))
    await change(
        work,
        of,
        settled_revision=of.revision,
        settled_at=work.now,
        wake_at=None if closed else wake_at,
        closed_at=(of.closed_at or work.now) if closed else None,
    )
