"""Who is there: the day opens, people are absent, and after the grace time nobody is expected any more."""

from typing import Literal

from services.session.activities.closing import stage_of_closing
from services.session.activities.owed import owe, session_of, settle
from services.session.domain.roster import ATTENDED, Entry, Presence, Session, all_accounted_for, no_shows
from services.session.domain.signature import Signed
from services.session.domain.stage import Stage
from services.session.storage import obligations, records, sessions
from shared.events.session import AbsenceRecorded, AttendanceCorrected, AttendanceRecorded, DoseWithheld
from shared.obligation import Obligation
from shared.work import Work

BY_RULE = "rule:no_show"


async def open_day(work: Work, kept: Session) -> None:
    """From «due» on, attendance is owed until the grace time is over, and the closing until its own deadline."""
    assert kept.no_show_at is not None
    attendance = Stage("open", "facilitator", kept.no_show_at, kept.no_show_at)
    await owe(work, kept, "attendance", str(kept.id), attendance)
    await owe(work, kept, "session_close", str(kept.id), stage_of_closing(work, kept))


async def record_absence(
    work: Work, kept: Session, entry: Entry, *, excused: bool, no_show: bool, reason: str | None, by: str
) -> None:
    """A person is absent. The reason stays in the roster: what is told is the fact."""
    await sessions.set_entry(
        work, entry, Presence.ABSENT, excused=excused, no_show=no_show, reason=reason, recorded_by=by
    )
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(AbsenceRecorded(**about, excused=excused, no_show=no_show), site=kept.site)
    await work.emit(AttendanceRecorded(**about, status="absent"), site=kept.site)


async def take_absence_back(
    work: Work, kept: Session, entry: Entry, state: Presence, *, by: str, role: str, signed: Signed | None = None
) -> None:
    """An absence that was told is none: the earlier line is kept, and everybody who rests on it hears so."""
    status: Literal["attended", "expected"] = "attended" if state in ATTENDED else "expected"
    await records.add_correction(work, entry, kept.site, status, by, role, signed)
    await sessions.set_entry(work, entry, state, excused=None, no_show=None, reason=None, recorded_by=by)
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(AttendanceCorrected(**about, status=status), site=kept.site)
    if status == "attended":
        await work.emit(AttendanceRecorded(**about, status=status), site=kept.site)
    if state == Presence.WITHHELD:
        await work.emit(DoseWithheld(**about), site=kept.site)


async def is_awaited(work: Work, kept: Session) -> bool:
    """Whether somebody still waits for people to come: the session is not due yet, or its attendance is owed."""
    return kept.no_show_at is None or await obligations.find(work, "attendance", str(kept.id)) is not None


async def settle_attendance(work: Work, kept: Session, by: str) -> None:
    """Attendance is owed no longer once everyone is accounted for."""
    if kept.no_show_at and all_accounted_for(await sessions.get_roster(work, kept.id)):
        await settle(work, "attendance", str(kept.id), "accounted_for", by)


async def end_attendance(work: Work, obligation: Obligation) -> None:
    """Rule of `attendance`: the grace time is over, so whoever is still expected is a no-show."""
    kept = await sessions.lock_session(work, session_of(obligation), wait=False)
    sessions.protocol_of(work, kept)  # while it cannot be read arrivals are refused: nobody is absent for that
    for entry in no_shows(await sessions.get_roster(work, kept.id)):
        await record_absence(work, kept, entry, excused=False, no_show=True, reason=None, by=BY_RULE)
    await obligations.close(work, obligation, closure="grace_over", closed_by=BY_RULE)
