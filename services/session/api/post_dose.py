"""After the dose: observations, adverse events, discharge."""

from typing import Annotated
from uuid import UUID

from fastapi import status

from services.session.activities.monitoring import owe_observations, take_discharge_back, tell_flags
from services.session.activities.owed import settle
from services.session.api import answers, models
from services.session.api.presenters import moment, shown
from services.session.domain.decision import dosing_of
from services.session.domain.discharge import may_discharge
from services.session.domain.dose import Dose
from services.session.domain.observation import may_observe, missing, planned
from services.session.domain.roster import (
    Presence,
    Session,
    must_be_discharged,
    must_be_dosing,
    must_be_watched,
    must_stand,
)
from services.session.domain.signature import Signed, sign
from services.session.domain.vitals import flags_after_dose
from services.session.storage import doses, obligations, records, sessions
from services.session.storage.sessions import protocol_of
from shared.auth import Principal
from shared.events.session import AdverseEventRecorded, ParticipantDischarged, RiskClosed
from shared.http import InWork, Router, allow
from shared.refusal import not_found
from shared.work import Work

router = Router(tags=["after the dose"])
hands_on = allow("facilitator", "prescriber", "clinician")


async def _dosed(work: Work, session_id: UUID, program_id: UUID) -> tuple[Session, Dose]:
    kept = await sessions.lock_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, program_id)
    must_be_watched(kept, entry)
    must_be_dosing(kept)
    must_stand(entry, Presence.DOSED)
    return kept, (await doses.doses_in(work, session_id))[program_id]


@router.post("/sessions/{session_id}/observations", status_code=status.HTTP_201_CREATED)
async def record_observation(
    session_id: UUID, body: models.Observed, caller: Annotated[Principal, hands_on], work: InWork
) -> answers.ObservationKept:
    """One planned observation: `minute` after administration, vitals, MOAA/S 0–5, dissociation 0–10. A late one is kept
    with its real time. Refused: `observation_too_early`, `observation_recorded`, `not_dosed`; 422:
    `not_an_observation`."""
    kept, dose = await _dosed(work, session_id, body.program_id)
    dosing = dosing_of(protocol_of(work, kept))
    offset = planned(dosing, body.minute)
    recorded = (await records.recorded_offsets(work, kept.id, body.program_id)).get(body.program_id, set())
    may_observe(offset, dose.administered_at, recorded, work.now)
    vitals = body.vitals.value()
    await records.add_observation(
        work, kept, body.program_id, offset, vitals, body.moaas, body.dissociation, caller.subject
    )
    flags = flags_after_dose(dosing.vitals, vitals)
    await tell_flags(work, kept, body.program_id, flags)
    await owe_observations(work, kept, dose)
    owed = missing(dosing, recorded | {offset})
    return answers.ObservationKept(flags=shown(flags), next=moment(dose, owed[0]) if owed else None)


@router.post("/sessions/{session_id}/adverse-events", status_code=status.HTTP_201_CREATED)
async def record_adverse_event(
    session_id: UUID, body: models.AdverseEvent, caller: Annotated[Principal, hands_on], work: InWork
) -> answers.EventKept:
    """An adverse event of a person of this session (CTCAE v5 grade 1–5), also after the session is closed.
    A serious one pages at once."""
    kept = await sessions.get_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, body.program_id)
    told = body.model_dump(exclude={"program_id"})
    id = await records.add_adverse_event(work, kept, entry.program_id, caller.subject, **told)
    recorded = AdverseEventRecorded(
        program_id=entry.program_id, session_id=kept.id, item=kept.item, serious=body.serious
    )
    await work.emit(recorded, site=kept.site)
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
    kept, dose = await _dosed(work, session_id, body.program_id)
    recorded = (await records.recorded_offsets(work, kept.id, body.program_id)).get(body.program_id, set())
    confirmed = body.criteria.confirmed()
    may_discharge(
        dosing_of(protocol_of(work, kept)),
        administered_at=dose.administered_at,
        confirmed=confirmed,
        vitals=body.vitals.value(),
        recorded=recorded,
        missing_reason=body.missing_observations_reason,
        role=caller.role,
        now=work.now,
    )
    missing_reason = body.missing_observations_reason
    signed = _signed(kept, body, caller, work)
    await records.add_discharge(work, kept, body.program_id, confirmed, body.vitals.value(), missing_reason, signed)
    entry = await sessions.get_entry(work, kept.id, body.program_id)
    await sessions.set_entry(work, entry, Presence.DISCHARGED, discharged_at=work.now)
    await settle(work, "observations", dose.item, "discharged", caller.subject, body.program_id)
    told = ParticipantDischarged(program_id=body.program_id, session_id=kept.id, item=kept.item)
    await work.emit(told, site=kept.site)
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
    closed meanwhile. Whoever signed the discharge may say so: nobody waits for a second signer while somebody is not
    watched. Refused: `not_discharged`."""
    kept = await sessions.lock_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, program_id)
    must_be_discharged(entry)
    signed = sign(
        {"session_id": session_id, "program_id": program_id, "discharged_at": entry.discharged_at},
        by=caller.subject,
        role=caller.role,
        at=work.now,
        meaning=body.signature.meaning,
        reason=body.reason,
    )
    await take_discharge_back(work, kept, entry, body.reason, signed)
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
    kept = await sessions.lock_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, body.program_id)
    owed = await obligations.find(work, "suicidality", kept.item, entry.program_id)
    if owed is None:
        raise not_found("open suicidality task of this participant", body.program_id)
    signed = _signed(kept, body, caller, work)
    await records.add_suicidality_decision(work, kept, entry.program_id, body.decision, body.reason, signed)
    await obligations.close(work, owed, closure=body.decision, closed_by=caller.subject)
    decided = RiskClosed(program_id=entry.program_id, session_id=kept.id, item=kept.item)
    await work.emit(decided, site=kept.site)
    return answers.Recorded(program_id=body.program_id, state=entry.state)


def _signed(
    kept: Session, body: models.Discharge | models.SuicidalityDecision, caller: Principal, work: Work
) -> Signed:
    content = body.model_dump(mode="json", exclude={"signature"}) | {"session_id": str(kept.id), "item": kept.item}
    signature = body.signature
    return sign(
        content, by=caller.subject, role=caller.role, at=work.now, meaning=signature.meaning, reason=signature.reason
    )
