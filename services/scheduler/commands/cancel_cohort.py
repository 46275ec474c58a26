"""A cohort is cancelled before it starts: everybody waits again, what was told is taken back, in one transaction."""

from uuid import UUID

from services.scheduler.commands.wait_again import wait_again
from services.scheduler.storage import bookings, cohorts, obligations, programs, seating, shortages
from services.scheduler.storage.cohorts import Cohort
from shared.auth import Principal
from shared.events import scheduler as events
from shared.refusal import Refused
from shared.work import Work


async def cancel(work: Work, cohort_id: UUID, caller: Principal, *, reason: str) -> Cohort:
    """Free every seat, put its people back into the line where they stood, and take every session back.

    Refused: `cohort_closed`, `session_announced` (people are on their way).
    """
    cohort = await _not_begun(work, cohort_id)
    why = {"by": caller.subject, "role": caller.role, "reason": reason}
    for seat in await seating.seats_of(work, cohort.id):
        if seat.program_id is not None:
            await seating.change(work, seat, "free")
            await wait_again(work, await programs.lock(work, seat.program_id), cohort.id, why)
    cancelled = await cohorts.change(
        work, cohort, calendar_revision=cohort.calendar_revision + 1, cancelled_at=work.now, closed_at=work.now
    )
    for session in await bookings.sessions_of(work, cohort.id):
        gone = await bookings.drop(work, cancelled, session)
        told = bookings.told(events.SessionCancelled, cancelled, gone).model_copy(update={"with_its_cohort": True})
        await work.emit(told, site=cohort.site)
    for task in await shortages.of(work, cohort.id):
        if task.closed_at is None:
            await obligations.close(work, task, closure="cancelled", closed_by=caller.subject)
    await work.emit(events.CohortClosed(cohort_id=cohort.id), site=cohort.site)
    return await cohorts.touch(work, cancelled)


async def _not_begun(work: Work, cohort_id: UUID) -> Cohort:
    cohort = await cohorts.get(work, cohort_id, lock=True)
    if cohort.closed_at is not None:
        raise Refused("cohort_closed", "the cohort is cancelled, or everybody of it is through")
    near = next((one for one in await bookings.sessions_of(work, cohort.id) if one.is_fixed(work.now)), None)
    if near or cohort.starts_at <= work.now:
        detail = f"{near.item if near else 'the program'} was announced or has begun: people are on their way"
        raise Refused("session_announced", detail)
    return cohort
