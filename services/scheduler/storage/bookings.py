"""The calendar of a cohort as booked: its sessions, their moves, and what others hear of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.scheduler.domain.calendar import Calendar, CalendarSession
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.tables import calendar_session
from shared.events import scheduler as events
from shared.protocol.vocabulary import SessionKind
from shared.work import Work


@dataclass(frozen=True)
class BookedSession(CalendarSession):
    """A session of the calendar as it stands: its id, the calendar's revision, when it was announced."""

    session_id: UUID
    revision: int
    announced_at: datetime | None

    def is_fixed(self, now: datetime) -> bool:
        """Return whether it was announced or has begun: people are on their way, and it does not move any more."""
        return self.announced_at is not None or self.starts_at <= now


def _booked(row: RowMapping) -> BookedSession:
    values = {name: row[name] for name in BookedSession.__dataclass_fields__}
    return BookedSession(**values | {"kind": SessionKind(row["kind"])})


def _session_row(of: Cohort, session: BookedSession) -> dict[str, Any]:
    values = {name: getattr(session, name) for name in BookedSession.__dataclass_fields__}
    return values | {"cohort_id": of.id, "site": of.site}


async def book(work: Work, of: Cohort, sessions: Iterable[BookedSession]) -> None:
    """Keep the first calendar of a new cohort."""
    await work.connection.execute(insert(calendar_session), [_session_row(of, session) for session in sessions])


async def sessions_of(work: Work, cohort_id: UUID, *, dropped: bool = False) -> list[BookedSession]:
    """Return the sessions in the calendar, in their order; with those that were taken out of it, when asked for."""
    found = select(calendar_session).where(calendar_session.c.cohort_id == cohort_id)
    if not dropped:
        found = found.where(calendar_session.c.dropped_at.is_(None))
    rows = await work.connection.execute(found.order_by(calendar_session.c.starts_at, calendar_session.c.item))
    return [_booked(row) for row in rows.mappings()]


async def calendar(work: Work, of: Cohort) -> Calendar:
    """Return the cohort's calendar as booked; of a cancelled one as it was, for whoever had left it before."""
    sessions = await sessions_of(work, of.id, dropped=of.cancelled_at is not None)
    booked = {session.item: session for session in sessions}
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
    """Return what others hear of a session that is booked or cancelled."""
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


async def mark_announced(work: Work, session: BookedSession) -> None:
    await work.connection.execute(
        update(calendar_session)
        .where(calendar_session.c.session_id == session.session_id)
        .values(announced_at=work.now)
    )
