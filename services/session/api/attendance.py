"""Who comes and who does not."""

from typing import Annotated
from uuid import UUID

from fastapi import status

from services.session.activities.attendance import is_awaited, record_absence, settle_attendance, take_absence_back
from services.session.activities.monitoring import owe_repeat, owe_suicidality, tell_flags
from services.session.api import answers, models
from services.session.api.presenters import assessed
from services.session.domain.decision import dosing_of
from services.session.domain.roster import (
    Entry,
    Presence,
    Session,
    corrected,
    may_arrive,
    may_be_corrected,
    must_be_open,
    must_stand,
)
from services.session.domain.signature import sign
from services.session.domain.vitals import flags_before_dose
from services.session.storage import records, sessions
from services.session.storage.sessions import protocol_of
from shared.auth import Principal
from shared.events.session import AttendanceRecorded, ParticipantArrived
from shared.http import InWork, Router, allow
from shared.refusal import Refused
from shared.work import Work

router = Router(tags=["attendance"])


@router.post("/sessions/{session_id}/arrivals", status_code=status.HTTP_201_CREATED)
async def record_arrival(
    session_id: UUID,
    body: models.Arrival,
    caller: Annotated[Principal, allow("facilitator", "coordinator", "clinician", "prescriber")],
    work: InWork,
) -> answers.Assessed:
    """A person is here: checklist and vitals (mmHg, /min, /min, %) before a dose, optional in a preparation.
    An absence that was told before is taken back. Refused: `late_needs_clinician`, `already_…`, `session_not_due`,
    `session_closed`, `session_over` (absent, and the planned end is past), `check_missing` (the protocol asks for a
    check before a session without a dose)."""
    kept = await sessions.lock_session(work, session_id)
    must_be_open(kept)
    entry = await sessions.get_entry(work, session_id, body.program_id)
    rules = protocol_of(work, kept).rules_for(kept.kind)
    late_after = rules.late_after.value
    may_arrive(kept, entry, work.now, late_after, caller.role, body.admitted_by_clinician)
    _require_check_in(kept, body)
    rules.require_checks(body.checks)
    if entry.state == Presence.ABSENT:
        await take_absence_back(work, kept, entry, Presence.ARRIVED, by=caller.subject, role=caller.role)
    await sessions.set_entry(work, entry, Presence.ARRIVED, arrived_at=work.now, recorded_by=caller.subject)
    checklist = body.checklist.value() if body.checklist else None
    late = work.now > kept.starts_at + late_after
    await records.add_arrival(
        work, kept, entry.program_id, checklist=checklist, by=caller.subject, role=caller.role, admitted_late=late
    )
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(ParticipantArrived(**about), site=kept.site)
    if entry.state == Presence.EXPECTED:
        await work.emit(AttendanceRecorded(**about, status="attended"), site=kept.site)
    await settle_attendance(work, kept, caller.subject)
    if checklist:
        await owe_suicidality(work, kept, entry.program_id, checklist)
    return await _first_vitals(work, kept, body, caller.subject)


@router.post("/sessions/{session_id}/absences", status_code=status.HTTP_201_CREATED)
async def tell_absence(
    session_id: UUID,
    body: models.Absence,
    caller: Annotated[Principal, allow("coordinator", "facilitator")],
    work: InWork,
) -> answers.Recorded:
    """A person told that they are not coming, also before the session is due. The reason stays with the roster.
    Refused: `already_…`, `session_closed`."""
    kept = await sessions.lock_session(work, session_id)
    if kept.closed_at:
        must_be_open(kept)
    if await sessions.is_member(work, body.program_id, kept.cohort_id):
        await sessions.expect(work, kept, [body.program_id])
    entry = await sessions.get_entry(work, session_id, body.program_id)
    must_stand(entry, Presence.EXPECTED)
    await record_absence(work, kept, entry, excused=body.excused, no_show=False, reason=body.reason, by=caller.subject)
    await settle_attendance(work, kept, caller.subject)
    return answers.Recorded(program_id=entry.program_id, state=Presence.ABSENT)


@router.post("/sessions/{session_id}/absences/{program_id}/correction")
async def correct_absence(
    session_id: UUID,
    program_id: UUID,
    body: models.Correction,
    caller: Annotated[Principal, allow("clinician", "prescriber")],
    work: InWork,
) -> answers.Recorded:
    """Sign that an absence was told by mistake: the person was there, or is expected again.
    Refused: `not_absent`, `session_not_begun`, `attendance_settled`, `session_cancelled`."""
    kept = await sessions.lock_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, program_id)
    awaited = await is_awaited(work, kept)
    may_be_corrected(kept, entry, work.now, was_there=body.was_there, awaited=awaited)
    state = corrected(kept, was_there=body.was_there)
    signed = sign(
        {"session_id": session_id, "program_id": program_id, "was_there": body.was_there},
        by=caller.subject,
        role=caller.role,
        at=work.now,
        meaning=body.signature.meaning,
        reason=body.reason,
    )
    await take_absence_back(work, kept, entry, state, by=caller.subject, role=caller.role, signed=signed)
    return answers.Recorded(program_id=program_id, state=state)


@router.post("/sessions/{session_id}/vitals", status_code=status.HTTP_201_CREATED)
async def record_vitals(
    session_id: UUID,
    body: models.Measured,
    caller: Annotated[Principal, allow("facilitator", "prescriber", "clinician")],
    work: InWork,
) -> answers.Assessed:
    """Vital signs again before the dose (mmHg, /min, /min, %); the answer says whether another repeat is owed.
    After the dose they are observations. Refused: `not_arrived`, `already_dosed`, `not_a_dosing_session`."""
    kept, entry = await _arrived(work, session_id, body.program_id)
    return await _keep_vitals(work, kept, entry.program_id, body.vitals, caller.subject)


async def _arrived(work: Work, session_id: UUID, program_id: UUID) -> tuple[Session, Entry]:
    kept = await sessions.lock_session(work, session_id)
    must_be_open(kept)
    entry = await sessions.get_entry(work, session_id, program_id)
    must_stand(entry, Presence.ARRIVED)
    return kept, entry


def _require_check_in(kept: Session, body: models.Arrival) -> None:
    for field in ("checklist", "vitals"):
        if kept.is_dosing and getattr(body, field) is None:
            raise Refused(
                f"{field}_required", f"a dosing session needs the {field} at check-in", status=422, field=field
            )


async def _first_vitals(work: Work, kept: Session, body: models.Arrival, by: str) -> answers.Assessed:
    if body.vitals and kept.is_dosing:
        return await _keep_vitals(work, kept, body.program_id, body.vitals, by)
    if body.vitals:
        await records.add_vitals(work, kept, body.program_id, body.vitals.value(), by)
    return answers.Assessed(flags=[], next="preparation")


async def _keep_vitals(work: Work, kept: Session, program_id: UUID, vitals: models.Vitals, by: str) -> answers.Assessed:
    dosing = dosing_of(protocol_of(work, kept))
    await records.add_vitals(work, kept, program_id, vitals.value(), by)
    await tell_flags(work, kept, program_id, flags_before_dose(dosing.vitals, vitals.value()))
    repeat = await owe_repeat(work, kept, program_id)
    return assessed(dosing, await records.get_measured(work, kept.id, program_id), repeat)
