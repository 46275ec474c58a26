"""After the dose: observations, adverse events, discharge."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import status

from services.session.api import answers, models
from services.session.api.presenters import moment, shown
from services.session.commands import correct_discharge as correcting
from services.session.commands import decide_suicidality as deciding
from services.session.commands import discharge_participant as discharging
from services.session.commands import record_adverse_event as adverse
from services.session.commands import record_observation as observing
from services.session.commands.signing import Signing
from services.session.domain.roster import Presence
from shared.auth import Principal
from shared.http import InWork, Router, allow

router = Router(tags=["after the dose"])
hands_on = allow("facilitator", "prescriber", "clinician")


@router.post("/sessions/{session_id}/observations", status_code=status.HTTP_201_CREATED)
async def record_observation(
    session_id: UUID, body: models.Observed, caller: Annotated[Principal, hands_on], work: InWork
) -> answers.ObservationKept:
    """One planned observation: `minute` after administration, vitals, MOAA/S 0–5, dissociation 0–10. A late one is kept
    with its real time. Refused: `observation_too_early`, `observation_recorded`, `not_dosed`; 422:
    `not_an_observation`."""
    seen = observing.Observation(body.minute, body.vitals.value(), body.moaas, body.dissociation)
    kept = await observing.record_observation(work, session_id, body.program_id, seen, caller)
    following = moment(kept.dose, kept.next) if kept.next is not None else None
    return answers.ObservationKept(flags=shown(kept.flags), next=following)


@router.post("/sessions/{session_id}/adverse-events", status_code=status.HTTP_201_CREATED)
async def record_adverse_event(
    session_id: UUID, body: models.AdverseEvent, caller: Annotated[Principal, hands_on], work: InWork
) -> answers.EventKept:
    """An adverse event of a person of this session (CTCAE v5 grade 1–5), also after the session is closed.
    A serious one pages at once."""
    event = adverse.AdverseEvent(**body.model_dump(exclude={"program_id"}))
    id = await adverse.record_adverse_event(work, session_id, body.program_id, event, caller)
    return answers.EventKept(adverse_event_id=id)


@router.post("/sessions/{session_id}/discharges", status_code=status.HTTP_201_CREATED)
async def discharge_participant(
    session_id: UUID,
    body: models.Discharge,
    caller: Annotated[Principal, allow("clinician", "prescriber")],
    work: InWork,
) -> answers.Recorded:
    """A clinician signs that a dosed person may leave. Refused: `discharge_too_early`, `discharge:<criterion>`,
    `observations_missing` (unless the reason is given)."""
    await discharging.discharge_participant(
        work,
        session_id,
        body.program_id,
        body.criteria.confirmed(),
        body.vitals.value(),
        missing_reason=body.missing_observations_reason,
        signing=body.signature.value(),
        content=_content(body),
        caller=caller,
    )
    return answers.Recorded(program_id=body.program_id, state=Presence.DISCHARGED)


@router.post("/sessions/{session_id}/discharges/{program_id}/correction")
async def correct_discharge(
    session_id: UUID,
    program_id: UUID,
    body: models.DischargeCorrection,
    caller: Annotated[Principal, allow("clinician", "prescriber")],
    work: InWork,
) -> answers.Recorded:
    """Sign that a person was discharged by mistake: they are observed and discharged again, also when the session was
    closed meanwhile. The person who signed the discharge may say so: nobody waits for a second signer while somebody
    is not watched. Refused: `not_discharged`."""
    signing = Signing(body.signature.meaning, body.reason)
    await correcting.correct_discharge(work, session_id, program_id, body.reason, signing=signing, caller=caller)
    return answers.Recorded(program_id=program_id, state=Presence.DOSED)


@router.post("/sessions/{session_id}/suicidality", status_code=status.HTTP_201_CREATED)
async def decide_suicidality(
    session_id: UUID,
    body: models.SuicidalityDecision,
    caller: Annotated[Principal, allow("clinician", "prescriber")],
    work: InWork,
) -> answers.Recorded:
    """A clinician's signed decision on a moderate or high C-SSRS screener at check-in: it closes the task, and no later
    dose waits for it any more. It does not lift `c_ssrs_holds_dosing` for the day."""
    state = await deciding.decide_suicidality(
        work,
        session_id,
        body.program_id,
        body.decision,
        body.reason,
        signing=body.signature.value(),
        content=_content(body),
        caller=caller,
    )
    return answers.Recorded(program_id=body.program_id, state=state)


def _content(body: models.Discharge | models.SuicidalityDecision) -> dict[str, Any]:
    """What is signed: everything that was sent but the signature itself."""
    return body.model_dump(mode="json", exclude={"signature"})
