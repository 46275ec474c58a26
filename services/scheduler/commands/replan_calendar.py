"""Newer zone data moves a calendar: sessions are booked again, everybody told, waits follow, in one transaction."""

from collections.abc import Iterable
from dataclasses import replace

from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.replan import Move
from services.scheduler.storage import bookings, cohorts, programs
from services.scheduler.storage.cohorts import Cohort
from shared.events import scheduler as events
from shared.work import Work


async def replan(work: Work, of: Cohort, moves: Iterable[Move]) -> None:
    """Book these sessions of a cohort at their new instants; each program on the path looks at its waits again."""
    cohort = await cohorts.change(work, of, calendar_revision=of.calendar_revision + 1)
    booked = {session.item: session for session in await bookings.sessions_of(work, of.id)}
    for move in moves:
        planned, revision = move.planned, cohort.calendar_revision
        moved = replace(booked[planned.item], starts_at=planned.starts_at, ends_at=planned.ends_at, revision=revision)
        kept = await bookings.rebook(work, cohort, moved)
        await work.emit(bookings.told(events.SessionBooked, cohort, kept), site=cohort.site)
    for member in await programs.members(work, cohort.id):
        if member.closed_at is None:
            program = await programs.lock(work, member.id)
            key = f"calendar:{cohort.id}:{cohort.calendar_revision}"
            await programs.record(work, program, FactKind.CALENDAR_MOVED, "calendar", key=key)
    await cohorts.touch(work, cohort)
