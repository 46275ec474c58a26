"""Who comes and who does not."""

from typing import Annotated
from uuid import UUID

from fastapi import status

from services.session.activities.attendance import record_absence, settle_attendance
from services.session.activities.monitoring import owe_repeat, owe_suicidality, tell_flags
from services.session.api import answers, models
from services.session.api.assessing import assessed
from services.session.domain.decision import dosing_of
from services.session.domain.roster import Entry, Presence, Session, may_arrive, must_be_open, must_stand
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
    Refused: `late_needs_clinician`, `already_…`, `session_not_due`, `session_closed`."""
    kept = await sessions.lock_session(work, session_id)
    must_be_open(kept)
    entry = await sessions.get_entry(work, session_id, body.program_id)
    late_after = protocol_of(work, kept).rules_for(kept.kind).late_after.value
    may_arrive(kept, entry, work.now, late_after, caller.role, body.admitted_by_clinician)
    _require_check_in(kept, body)
    await sessions.set_entry(work, entry, Presence.ARRIVED, arrived_at=work.now, recorded_by=caller.subject)
    checklist = body.checklist.value() if body.checklist else None
    late = work.now > kept.starts_at + late_after
    await records.add_arrival(
        work, kept, entry.program_id, checklist=checklist, by=caller.subject, role=caller.role, admitted_late=late
    )
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(ParticipantArrived(**about), site=kept.site)
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
