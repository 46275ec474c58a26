"""A cohort that runs follows another version: pin, calendar, a fact for each program, everybody told, at once."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import amendments, bookings, cohorts, programs
from services.scheduler.storage.amendments import Applied, Proposal
from services.scheduler.storage.bookings import BookedSession
from services.scheduler.storage.cohorts import Cohort
from shared.events import scheduler as events
from shared.work import Work


async def amend(work: Work, proposal: Proposal, applied: Applied) -> None:
    """Apply what was proposed. Waits follow: each program and the cohort is nudged with its new facts."""
    await amendments.keep(work, applied)
    revision = proposal.cohort.calendar_revision + 1
    cohort = await cohorts.change(
        work,
        proposal.cohort,
        protocol_version=applied.to_version,
        protocol_hash=applied.to_hash,
        inputs=dict(applied.inputs),
        calendar_revision=revision,
    )
    await _rebook(work, proposal, cohort)
    for member, _ in proposal.members:
        await _note(work, member.id, cohort, applied)
    await cohorts.touch(work, cohort)


async def _rebook(work: Work, proposal: Proposal, cohort: Cohort) -> None:
    """Sessions that were not announced are told again, under the new version; what happened or is near stays."""
    after = proposal.calendar.sessions
    booked = {session.item: session for session in proposal.sessions}
    for session in booked.values():
        if session.item not in after:
            gone = await bookings.drop(work, cohort, session)
            await work.emit(bookings.told(events.SessionCancelled, cohort, gone), site=cohort.site)
    for item, planned in after.items():
        if item in proposal.amendment.fixed:
            continue
        known = booked.get(item)
        session = BookedSession(
            item,
            planned.kind,
            planned.starts_at,
            planned.ends_at,
            session_id=known.session_id if known else uuid7(),
            revision=cohort.calendar_revision,
            announced_at=None,
        )
        kept = await bookings.rebook(work, cohort, session)
        await work.emit(bookings.told(events.SessionBooked, cohort, kept), site=cohort.site)


async def _note(work: Work, program_id: UUID, cohort: Cohort, applied: Applied) -> None:
    program = await programs.lock(work, program_id)
    data = {"from": applied.from_version, "to": applied.to_version}
    item = str(applied.id)
    await programs.record(work, program, FactKind.AMENDED, item, key=f"amended:{item}", data=data)
    amended = events.ProgramAmended(
        program_id=program.id, cohort_id=cohort.id, amendment_id=applied.id, protocol=cohort.pin
    )
    await work.emit(amended, site=cohort.site)
