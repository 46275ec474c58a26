"""A person said that they are not coming, also before the session is due."""

from uuid import UUID

from services.session.commands.attendance import settle_attendance
from services.session.domain.roster import Entry, Presence, Session, must_be_held, must_stand
from services.session.storage import sessions
from shared.auth import Principal
from shared.events.session import AbsenceRecorded, AttendanceRecorded
from shared.work import Work


async def record_absence(
    work: Work, session_id: UUID, program_id: UUID, caller: Principal, *, excused: bool, reason: str | None
) -> Presence:
    """Keep the absence; its reason stays with the roster. Refused: `session_cancelled`, `session_closed`,
    `already_…`."""
    kept = await sessions.lock_session(work, session_id)
    must_be_held(kept)
    if await sessions.is_member(work, program_id, kept.cohort_id):
        await sessions.expect(work, kept, [program_id])
    entry = await sessions.get_entry(work, session_id, program_id)
    must_stand(entry, Presence.EXPECTED)
    await keep_absence(work, kept, entry, excused=excused, no_show=False, reason=reason, by=caller.subject)
    await settle_attendance(work, kept, caller.subject)
    return Presence.ABSENT


async def keep_absence(
    work: Work, kept: Session, entry: Entry, *, excused: bool, no_show: bool, reason: str | None, by: str
) -> None:
    """Put the absence in the roster, and tell of it without the reason; under the session's lock."""
    await sessions.set_entry(
        work, entry, Presence.ABSENT, excused=excused, no_show=no_show, reason=reason, recorded_by=by
    )
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(AbsenceRecorded(**about, excused=excused, no_show=no_show), site=kept.site)
    await work.emit(AttendanceRecorded(**about, status="absent"), site=kept.site)
