"""Sessions and rosters."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.session.domain.roster import LEFT_FOR_GOOD, Entry, Presence, Session
from services.session.storage.tables import roster, session, session_staff
from shared.events import ProtocolPin
from shared.paging import Page
from shared.projection import participants
from shared.protocol import Protocol
from shared.protocol.vocabulary import SessionKind
from shared.refusal import not_found
from shared.work import Work


def _session(row: RowMapping) -> Session:
    values = {field.name: row[field.name] for field in fields(Session)}
    read = {"kind": SessionKind(row["kind"]), "protocol": ProtocolPin.model_validate(row["protocol"])}
    return Session(**values | read)


def _entry(row: RowMapping) -> Entry:
    values = {field.name: row[field.name] for field in fields(Entry)}
    return Entry(**values | {"state": Presence(row["state"])})


async def get_session(work: Work, id: UUID) -> Session:
    row = (await work.connection.execute(select(session).where(session.c.id == id))).mappings().first()
    if row is None:
        raise not_found("session", id)
    return _session(row)


def protocol_of(work: Work, kept: Session) -> Protocol:
    """Return the very content that the session's cohort pinned; raise ProtocolGone when it cannot be read."""
    return work.protocols.pinned(kept.protocol.id, kept.protocol.version, kept.protocol.hash)


async def find_locked(work: Work, id: UUID) -> Session | None:
    rows = await work.lock(select(session).where(session.c.id == id))
    return _session(rows[0]) if rows else None


async def lock_session(work: Work, id: UUID, *, wait: bool = True) -> Session:
    """Lock and return the session: whatever changes anyone of a session waits for one another.

    A rule called from an obligation holds that obligation's row and must not wait (`wait=False`): requests lock the
    session first and the obligation after it, so the rule gives way and is tried again.
    """
    rows = await work.lock(select(session).where(session.c.id == id), nowait=not wait)
    if not rows:
        raise not_found("session", id)
    return _session(rows[0])


async def list_sessions(
    work: Work, page: Page, *, cohort_id: UUID | None, begins_from: datetime | None, begins_before: datetime | None
) -> list[Session]:
    """Return a page of the sessions by start."""
    query = page.within(select(session).where(~session.c.cancelled), session.c.starts_at, session.c.id)
    if cohort_id:
        query = query.where(session.c.cohort_id == cohort_id)
    if begins_from:
        query = query.where(session.c.starts_at >= begins_from)
    if begins_before:
        query = query.where(session.c.starts_at < begins_before)
    return [_session(row) for row in (await work.connection.execute(query)).mappings()]


async def save_session(work: Work, kept: Session) -> None:
    """Write a session as it stands; its closing is written by `close_session` alone."""
    values = asdict(kept) | {"protocol": kept.protocol.model_dump()}
    del values["closed_at"]
    new = insert(session).values(values)
    changed = {name: new.excluded[name] for name in values if name not in {"id", "site"}}
    await work.connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=changed))


async def close_session(work: Work, id: UUID, by: str) -> None:
    await work.connection.execute(update(session).where(session.c.id == id).values(closed_at=work.now, closed_by=by))


async def is_member(work: Work, program_id: UUID, cohort_id: UUID) -> bool:
    """Return whether the person has a seat in the cohort and is still on the path."""
    known = await participants.find(work, program_id)
    return known is not None and known.cohort_id == cohort_id and known.state not in LEFT_FOR_GOOD


async def enrolled(work: Work, cohort_id: UUID) -> int:
    """Return how many people of the cohort are still on the path."""
    return sum(one.state not in LEFT_FOR_GOOD for one in await participants.of_cohort(work, cohort_id))


async def expect(work: Work, kept: Session, program_ids: Iterable[UUID]) -> None:
    """Put people on the roster; whoever left the program for good, or stands there already, is not put again."""
    wanted = list(program_ids)
    if not wanted:
        return
    left = select(participants.table.c.program_id).where(
        participants.table.c.program_id.in_(wanted), participants.table.c.state.in_(LEFT_FOR_GOOD)
    )
    gone = set((await work.connection.execute(left)).scalars())
    rows = [
        {"session_id": kept.id, "program_id": id, "site": kept.site, "state": Presence.EXPECTED.value}
        for id in wanted
        if id not in gone
    ]
    if rows:
        await work.connection.execute(insert(roster).values(rows).on_conflict_do_nothing())


async def get_roster(work: Work, session_id: UUID) -> list[Entry]:
    query = select(roster).where(roster.c.session_id == session_id).order_by(roster.c.program_id)
    return [_entry(row) for row in (await work.connection.execute(query)).mappings()]


async def get_entry(work: Work, session_id: UUID, program_id: UUID) -> Entry:
    """Return one person of the roster; refused as not found when they are not on it."""
    query = select(roster).where(roster.c.session_id == session_id, roster.c.program_id == program_id)
    row = (await work.connection.execute(query)).mappings().first()
    if row is None:
        raise not_found("participant of this session", program_id)
    return _entry(row)


async def set_entry(work: Work, entry: Entry, state: Presence, **values: Any) -> None:
    """Change where one person stands; the session is locked."""
    same = and_(roster.c.session_id == entry.session_id, roster.c.program_id == entry.program_id)
    await work.connection.execute(update(roster).where(same).values(state=state.value, **values))


async def was_removed(work: Work, entry: Entry, by: str) -> bool:
    """Return whether this rule took the person off the roster."""
    mine = and_(roster.c.session_id == entry.session_id, roster.c.program_id == entry.program_id)
    removed = select(roster.c.program_id).where(
        mine, roster.c.state == Presence.REMOVED.value, roster.c.recorded_by == by
    )
    return (await work.connection.execute(removed)).first() is not None


async def open_sessions_of(work: Work, program_id: UUID) -> list[UUID]:
    """Return the sessions with this person on the roster that are open, or were closed while they are still watched."""
    query = (
        select(session.c.id)
        .join(roster, roster.c.session_id == session.c.id)
        .where(roster.c.program_id == program_id)
        .where(session.c.closed_at.is_(None) | (roster.c.state == Presence.DOSED.value))
        .order_by(session.c.id)
    )
    return list((await work.connection.execute(query)).scalars())


async def note_staff(work: Work, kept: Session, staff: dict[str, str]) -> None:
    """Note who is on site for the session: role by opaque subject."""
    rows = [
        {"session_id": kept.id, "site": kept.site, "subject": subject, "role": role, "since": work.now}
        for subject, role in staff.items()
    ]
    if rows:
        await work.connection.execute(insert(session_staff).values(rows).on_conflict_do_nothing())


async def staff_on_site(work: Work, session_id: UUID) -> dict[str, str]:
    query = select(session_staff.c.subject, session_staff.c.role).where(session_staff.c.session_id == session_id)
    return {row.subject: row.role for row in await work.connection.execute(query)}
