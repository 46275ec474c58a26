"""Who comes and who does not."""

from typing import Annotated
from uuid import UUID

from fastapi import status

from services.session.api import answers, models
from services.session.api.presenters import assessed
from services.session.commands import correct_absence as correcting
from services.session.commands import record_absence as absence
from services.session.commands import record_arrival as arriving
from services.session.commands import record_vitals as measuring
from services.session.commands.signing import Signing
from shared.auth import Principal
from shared.http import InWork, Router, allow

router = Router(tags=["attendance"])


@router.post("/sessions/{session_id}/arrivals", status_code=status.HTTP_201_CREATED)
async def record_arrival(
    session_id: UUID,
    body: models.Arrival,
    caller: Annotated[Principal, allow("facilitator", "coordinator", "clinician", "prescriber")],
    work: InWork,
) -> answers.Assessed:
    """A person is here: checklist and vitals (mmHg, /min, /min, %) before a dose, optional in a preparation.
    An absence that was recorded before is taken back. Refused: `late_needs_clinician`, `already_…`, `session_not_due`,
    `session_closed`, `session_over` (absent, and the planned end is past), `check_missing` (the protocol asks for a
    check before a session without a dose)."""
    return assessed(await arriving.record_arrival(work, session_id, body.program_id, body.check_in(), caller))


@router.post("/sessions/{session_id}/absences", status_code=status.HTTP_201_CREATED)
async def tell_absence(
    session_id: UUID,
    body: models.Absence,
    caller: Annotated[Principal, allow("coordinator", "facilitator")],
    work: InWork,
) -> answers.Recorded:
    """A person said that they are not coming, also before the session is due. The reason stays with the roster.
    Refused: `already_…`, `session_closed`, `session_cancelled`."""
    excused, reason = body.excused, body.reason
    state = await absence.record_absence(work, session_id, body.program_id, caller, excused=excused, reason=reason)
    return answers.Recorded(program_id=body.program_id, state=state)


@router.post("/sessions/{session_id}/absences/{program_id}/correction")
async def correct_absence(
    session_id: UUID,
    program_id: UUID,
    body: models.Correction,
    caller: Annotated[Principal, allow("clinician", "prescriber")],
    work: InWork,
) -> answers.Recorded:
    """Sign that an absence was recorded by mistake: the person was there, or is expected again.
    Refused: `not_absent`, `session_not_begun`, `attendance_settled`, `session_cancelled`."""
    signing = Signing(body.signature.meaning, body.reason)
    state = await correcting.correct_absence(
        work, session_id, program_id, caller, was_there=body.was_there, signing=signing
    )
    return answers.Recorded(program_id=program_id, state=state)


@router.post("/sessions/{session_id}/vitals", status_code=status.HTTP_201_CREATED)
async def record_vitals(
    session_id: UUID,
    body: models.Measured,
    caller: Annotated[Principal, allow("facilitator", "prescriber", "clinician")],
    work: InWork,
) -> answers.Assessed:
    """Vital signs again before the dose (mmHg, /min, /min, %); the answer says whether another repeat is due.
    After the dose they are observations. Refused: `not_arrived`, `already_dosed`, `not_a_dosing_session`."""
    vitals = body.vitals.value()
    return assessed(await measuring.record_vitals(work, session_id, body.program_id, vitals, caller))
