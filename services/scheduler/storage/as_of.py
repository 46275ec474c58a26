"""A program as it stood at a revision of its facts: under the protocol and in the calendar of then."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from services.scheduler.domain.calendar import Calendar, CalendarSession
from services.scheduler.domain.history import History
from services.scheduler.storage import amendments, cohorts, programs, versions
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.tables import calendar_session
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind
from shared.work import Work


@dataclass(frozen=True)
class Past:
    """What the rules knew then; without a cohort there was neither protocol nor calendar."""

    history: History
    protocol: Protocol | None
    calendar: Calendar | None


async def view(work: Work, program_id: UUID, revision: int, at: datetime) -> Past:
    """Return the program's facts up to a revision, and what its cohort followed at that moment."""
    await programs.get(work, program_id)
    facts = await programs.facts(work, program_id)
    history = History.of(fact for fact in facts if fact.revision <= revision)
    if history.cohort_id is None:
        return Past(history, None, None)
    cohort = await _cohort_of_then(work, await cohorts.get(work, history.cohort_id), at)
    protocol = cohorts.protocol_of(work, cohort)
    return Past(history, protocol, await _calendar_of_then(work, cohort, protocol, at))


async def _cohort_of_then(work: Work, cohort: Cohort, at: datetime) -> Cohort:
    """Return the cohort before later amendments. The first version's inputs are those that it was amended with."""
    made = await amendments.listed(work, cohort.id)
    later = [amendment for amendment in made if amendment.applied_at > at]
    if not later:
        return cohort
    earlier = [amendment for amendment in made if amendment.applied_at <= at]
    version = later[0].from_version
    hash, _ = (await versions.known(work, cohort.site, cohort.protocol_id))[version]
    inputs = (earlier[-1] if earlier else later[0]).inputs
    return replace(cohort, protocol_version=version, protocol_hash=hash, inputs=dict(inputs))


async def _calendar_of_then(work: Work, cohort: Cohort, protocol: Protocol, at: datetime) -> Calendar:
    """Return what stood in the calendar. An announced session never moves: a dose's own times are those of then."""
    table = calendar_session
    stood = or_(table.c.dropped_at.is_(None), table.c.dropped_at > at)
    rows = await work.connection.execute(select(table).where(table.c.cohort_id == cohort.id, stood))
    planned = {session.key for session in protocol.sessions}
    sessions = {
        row.item: CalendarSession(row.item, SessionKind(row.kind), row.starts_at, row.ends_at)
        for row in rows
        if row.item in planned
    }
    return Calendar(cohort.starts_on, cohort.starts_at, ZoneInfo(cohort.zone), sessions)
