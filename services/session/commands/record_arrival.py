"""A person is here: their check-in before a dose, or before a session without one."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.session.commands.attendance import settle_attendance
from services.session.commands.raise_risk import raise_risk
from services.session.commands.record_vitals import assess_before_dose
from services.session.commands.take_absence_back import take_absence_back
from services.session.domain.checklist import Checklist
from services.session.domain.roster import Entry, Presence, Session, may_arrive, must_be_open
from services.session.domain.vitals import Assessment, Vitals
from services.session.storage import records, sessions
from services.session.storage.sessions import protocol_of
from shared.auth import Principal
from shared.events.session import AttendanceRecorded, ParticipantArrived
from shared.refusal import Refused
from shared.work import Work


@dataclass(frozen=True)
class CheckIn:
    """What is recorded of somebody who is here. Checklist and vitals are required before a dose."""

    checklist: Checklist | None
    vitals: Vitals | None
    checks: Collection[str]
    admitted_by_clinician: bool


async def record_arrival(
    work: Work, session_id: UUID, program_id: UUID, check_in: CheckIn, caller: Principal
) -> Assessment:
    """Keep the arrival, take an absence back that was told before, and return what comes next before the dose.

    Refused: `session_cancelled`, `session_closed`, `session_not_due`, `already_…`, `session_over` (absent, and the
    planned end is past), `late_needs_clinician`, `check_missing`; 422: `checklist_required`, `vitals_required`.
    """
    kept = await sessions.lock_session(work, session_id)
    must_be_open(kept)
    entry = await sessions.get_entry(work, session_id, program_id)
    rules = protocol_of(work, kept).rules_for(kept.kind)
    late_after = rules.late_after.value
    may_arrive(kept, entry, work.now, late_after, caller.role, check_in.admitted_by_clinician)
    _require_check_in(kept, check_in)
    rules.require_checks(check_in.checks)
    if entry.state == Presence.ABSENT:
        await take_absence_back(work, kept, entry, Presence.ARRIVED, by=caller.subject, role=caller.role)
    await sessions.set_entry(work, entry, Presence.ARRIVED, arrived_at=work.now, recorded_by=caller.subject)
    await records.add_arrival(
        work,
        kept,
        entry.program_id,
        checklist=check_in.checklist,
        by=caller.subject,
        role=caller.role,
        admitted_late=work.now > kept.starts_at + late_after,
    )
    await _tell(work, kept, entry)
    await settle_attendance(work, kept, caller.subject)
    if check_in.checklist:
        await raise_risk(work, kept, entry.program_id, check_in.checklist)
    return await _first_vitals(work, kept, entry.program_id, check_in.vitals, caller.subject)


def _require_check_in(kept: Session, check_in: CheckIn) -> None:
    given = {"checklist": check_in.checklist, "vitals": check_in.vitals}
    for field, value in given.items():
        if kept.is_dosing and value is None:
            detail = f"a dosing session needs the {field} at check-in"
            raise Refused(f"{field}_required", detail, status=422, field=field)


async def _tell(work: Work, kept: Session, entry: Entry) -> None:
    """Tell of the arrival, and of the attendance too, unless an absence that was taken back has told of it."""
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(ParticipantArrived(**about), site=kept.site)
    if entry.state == Presence.EXPECTED:
        await work.emit(AttendanceRecorded(**about, status="attended"), site=kept.site)


async def _first_vitals(work: Work, kept: Session, program_id: UUID, vitals: Vitals | None, by: str) -> Assessment:
    if vitals and kept.is_dosing:
        return await assess_before_dose(work, kept, program_id, vitals, by)
    if vitals:
        await records.add_vitals(work, kept, program_id, vitals, by)
    return Assessment((), "preparation")
