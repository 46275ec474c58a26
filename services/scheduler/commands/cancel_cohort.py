"""Cancelling a cohort before it starts: everybody waits again, what was told is taken back, in one transaction."""

from services.scheduler.storage import bookings, cohorts, obligations, programs, seating, shortages
from services.scheduler.storage.cohorts import Cohort
from shared.events import scheduler as events
from shared.work import Work


async def cancel(work: Work, cohort: Cohort, by: str, role: str, reason: str) -> Cohort:
    """Free every seat, put its people back into the line where they stood, and take every session back."""
    why = {"by": by, "role": role, "reason": reason}
    for seat in await seating.seats_of(work, cohort.id):
        if seat.program_id is not None:
            await seating.change(work, seat, "free")
            await programs.wait_again(work, await programs.lock(work, seat.program_id), cohort.id, why)
    cancelled = await cohorts.change(
        work, cohort, calendar_revision=cohort.calendar_revision + 1, cancelled_at=work.now, closed_at=work.now
    )
    for session in await bookings.sessions_of(work, cohort.id):
        gone = await bookings.drop(work, cancelled, session)
        told = bookings.told(events.SessionCancelled, cancelled, gone).model_copy(update={"with_its_cohort": True})
        await work.emit(told, site=cohort.site)
    for task in await shortages.of(work, cohort.id):
        if task.closed_at is None:
            await obligations.close(work, task, closure="cancelled", closed_by=by)
    await work.emit(events.CohortClosed(cohort_id=cohort.id), site=cohort.site)
    return await cohorts.touch(work, cancelled)
