"""Newer zone data moves calendars: shown, confirmed, then booked again with everybody told, in one transaction.

What is shown is what is confirmed: its hash is over these very models, and the API sends them as they are.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import tzdata
from pydantic import BaseModel

from services.scheduler.commands.signing import content_hash
from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.replan import Move, moves
from services.scheduler.storage import bookings, cohorts, program_lists, programs
from services.scheduler.storage.cohorts import Cohort
from shared.events import scheduler as events
from shared.refusal import Refused
from shared.work import Work

Moved = list[tuple[Cohort, tuple[Move, ...]]]


class MovedSession(BaseModel):
    """A session as it is booked, and where its time on the wall lies by the zone data of now."""

    item: str
    booked: datetime
    planned: datetime


class MovedCalendar(BaseModel):
    cohort_id: UUID
    site: str
    zone: str
    calendar_revision: int
    sessions: list[MovedSession]


class Replan(BaseModel):
    """Every open cohort whose calendar is not where its wall clocks say. `content_hash` is what is confirmed."""

    tzdata: str
    calendars: list[MovedCalendar]
    content_hash: str = ""


async def preview_replan(work: Work) -> Replan:
    """Show what the installed zone data would move, at the sites that this transaction sees. Changes nothing."""
    return _shown(await _moved(work))


async def apply_replan(work: Work, confirmed_hash: str) -> Replan:
    """Move what was shown: the times on the wall stay, the instants follow; return it.

    Refused: `stale` when it is no longer the same.
    """
    found = await _moved(work, lock=True)
    shown = _shown(found)
    if shown.content_hash != confirmed_hash:
        raise Refused("stale", "the calendars are not as they were shown: look again", field="content_hash")
    for cohort, moved in found:
        await _replan(work, cohort, moved)
    return shown


async def _moved(work: Work, *, lock: bool = False) -> Moved:
    found = []
    for one in await cohorts.listed(work):
        # Looked at again under its lock: it may have been cancelled or closed meanwhile.
        cohort = await cohorts.get(work, one.id, lock=True) if lock and one.closed_at is None else one
        if cohort.closed_at is None:
            fixed = {s.item for s in await bookings.sessions_of(work, cohort.id) if s.is_fixed(work.now)}
            protocol = cohorts.protocol_of(work, cohort)
            if moved := moves(protocol, await bookings.calendar(work, cohort), fixed):
                found.append((cohort, moved))
    return found


def _shown(found: Moved) -> Replan:
    calendars = [
        MovedCalendar(
            cohort_id=cohort.id,
            site=cohort.site,
            zone=cohort.zone,
            calendar_revision=cohort.calendar_revision,
            sessions=[
                MovedSession(item=m.booked.item, booked=m.booked.starts_at, planned=m.planned.starts_at) for m in moved
            ],
        )
        for cohort, moved in found
    ]
    shown = Replan(tzdata=tzdata.IANA_VERSION, calendars=calendars)
    return shown.model_copy(update={"content_hash": content_hash(shown)})


async def _replan(work: Work, of: Cohort, moves: Iterable[Move]) -> None:
    """Book these sessions of a cohort at their new instants; each program on the path looks at its waits again."""
    cohort = await cohorts.change(work, of, calendar_revision=of.calendar_revision + 1)
    booked = {session.item: session for session in await bookings.sessions_of(work, of.id)}
    for move in moves:
        planned, revision = move.planned, cohort.calendar_revision
        moved = replace(booked[planned.item], starts_at=planned.starts_at, ends_at=planned.ends_at, revision=revision)
        kept = await bookings.rebook(work, cohort, moved)
        await work.emit(bookings.told(events.SessionBooked, cohort, kept), site=cohort.site)
    for member in await program_lists.members(work, cohort.id):
        if member.closed_at is None:
            program = await programs.lock(work, member.id)
            key = f"calendar:{cohort.id}:{cohort.calendar_revision}"
            await programs.record(work, program, FactKind.CALENDAR_MOVED, "calendar", key=key)
    await cohorts.touch(work, cohort)
