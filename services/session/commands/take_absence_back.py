"""An absence that was told is none: its person came after all, or it was told by mistake."""

from services.session.domain.roster import ATTENDED, Entry, Presence, Session
from services.session.domain.signature import Signed
from services.session.storage import records, sessions
from shared.events.base import CorrectedAttendance
from shared.events.session import AttendanceCorrected, AttendanceRecorded, DoseWithheld
from shared.work import Work


async def take_absence_back(
    work: Work, kept: Session, entry: Entry, state: Presence, *, by: str, role: str, signed: Signed | None = None
) -> None:
    """Keep the absence as it was told, and tell everybody who rests on it; under the session's lock."""
    status: CorrectedAttendance = "attended" if state in ATTENDED else "expected"
    await records.add_correction(work, entry, kept.site, status, by, role, signed)
    await sessions.set_entry(work, entry, state, excused=None, no_show=None, reason=None, recorded_by=by)
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(AttendanceCorrected(**about, status=status), site=kept.site)
    if status == "attended":
        await work.emit(AttendanceRecorded(**about, status=status), site=kept.site)
    if state == Presence.WITHHELD:
        await work.emit(DoseWithheld(**about), site=kept.site)
