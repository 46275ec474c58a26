"""The go/no-go decision and the dose."""

import asyncio
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, status
from uuid_utils.compat import uuid7

from services.session.activities.monitoring import owe_observations
from services.session.activities.owed import settle
from services.session.api import answers, models
from services.session.api.assessing import dosed
from services.session.domain import decision as go
from services.session.domain import dose as dosage
from services.session.domain.roster import Entry, Presence, Session, must_be_dosing, must_be_open, must_stand
from services.session.domain.signature import sign
from services.session.storage import doses, records, sessions
from services.session.storage.sessions import protocol_of
from shared.ask import Ask, NoAnswer
from shared.auth import Principal
from shared.events.questions import AUTHORITIES, ClearanceAnswer, ClearanceQuestion
from shared.events.session import Clearance, DoseAdministered, DoseDecided
from shared.http import Asking, Beginning, Router, allow
from shared.work import OpenWork, Work

router = Router(tags=["dosing"])
Told = dict[str, ClearanceAnswer | None]
"""What each authority answered; None is no answer."""


async def _open_work(request: Request) -> OpenWork:
    return request.app.state.running.open_work  # type: ignore[no-any-return]  # FastAPI's state is untyped


@router.post("/sessions/{session_id}/decisions", status_code=status.HTTP_201_CREATED)
async def decide(
    session_id: UUID,
    body: models.GoNoGo,
    caller: Annotated[Principal, allow("prescriber")],
    open_work: Annotated[OpenWork, Depends(_open_work)],
    begin: Beginning,
    ask: Asking,
) -> answers.Decided:
    """The prescriber's signed go or no-go for one person. A go is refused (409) with the name of every rule in its way:
    `no_answer:<authority>`, the authorities' own rules, `checklist:<field>`, `vitals_…`, `staffing:…`,
    `c_ssrs_holds_dosing`. The authorities are asked before the session is locked, and what they say is kept as the
    decision's proof."""
    told = await _ask_all(open_work, ask, caller, session_id, body.program_id) if body.decision == "go" else {}
    return await _keep_decision(await begin(), session_id, body, caller, told)


@router.post("/sessions/{session_id}/doses", status_code=status.HTTP_201_CREATED)
async def administer(
    session_id: UUID,
    body: models.DoseGiven,
    caller: Annotated[Principal, allow("prescriber", "facilitator")],
    open_work: Annotated[OpenWork, Depends(_open_work)],
    begin: Beginning,
    ask: Asking,
) -> answers.Dosed:
    """The dose as it was given: mg, kg (dated), mg/ml, lot, expiry, and a different verifier. It rests on a go that is
    still valid, and the authorities are asked once more: what happened since the go counts, and their answers are the
    dose's proof. Refused: `no_go_decision`, `clearance_expired`, `no_answer:<authority>`, the authorities' own rules,
    `already_dosed`, `minimum_interval`, the day's own rules again; 422: `route_not_in_protocol`, `dose_out_of_range`,
    `verifier_same_person`, `weight_out_of_date`, `lot_expired`."""
    told = await _ask_all(open_work, ask, caller, session_id, body.program_id)
    return await _give(await begin(), session_id, body, caller, told)


async def _give(work: Work, session_id: UUID, body: models.DoseGiven, caller: Principal, told: Told) -> answers.Dosed:
    kept, entry = await _before_dose(work, session_id, body.program_id, lock=True)
    protocol = protocol_of(work, kept)
    dosing = go.dosing_of(protocol)
    order = dosage.DoseOrder(**body.model_dump(exclude={"program_id", "verified_by"}))
    dosage.check_order(dosing, protocol.routes_of(kept.item), order, work.now.astimezone(ZoneInfo(kept.zone)).date())
    dosage.check_verifier(dosing, caller.subject, body.verified_by)
    dosage.check_history(dosing, kept.item, await doses.doses_of(work, entry.program_id), work.now)
    valid = await _standing_go(work, kept, entry, told)
    given = dosage.Dose(
        id=uuid7(),
        session_id=kept.id,
        program_id=entry.program_id,
        item=kept.item,
        administered_at=work.now,
        administered_by=caller.subject,
        verified_by=body.verified_by,
        order=order,
        decision_id=valid.id,
        clearances=go.proof(told),
        min_interval=dosing.min_interval.value,
    )
    await _keep_dose(work, kept, entry, given)
    return dosed(dosing, given)


async def _ask_all(open_work: OpenWork, ask: Ask, caller: Principal, session_id: UUID, program_id: UUID) -> Told:
    """Every authority's answer at this moment; None where there is none, which is a «no»."""
    async with open_work(caller.sites) as work:
        kept, _ = await _before_dose(work, session_id, program_id, lock=False)
        question = ClearanceQuestion(program_id=program_id, site=kept.site, item=kept.item, asked_at=work.now)

    async def answer(authority: str) -> ClearanceAnswer | None:
        try:
            return await ask.clearance(authority, question)
        except NoAnswer:
            return None

    return dict(zip(AUTHORITIES, await asyncio.gather(*map(answer, AUTHORITIES)), strict=True))


async def _before_dose(work: Work, session_id: UUID, program_id: UUID, *, lock: bool) -> tuple[Session, Entry]:
    """The session and a person who has arrived there and is not dosed."""
    kept = await (sessions.lock_session if lock else sessions.get_session)(work, session_id)
    must_be_open(kept)
    must_be_dosing(kept)
    entry = await sessions.get_entry(work, session_id, program_id)
    must_stand(entry, Presence.ARRIVED)
    return kept, entry


async def _standing_go(work: Work, kept: Session, entry: Entry, told: Told) -> go.Decision:
    """The go that stands at this moment: it is valid, every authority and the day's own rules still let it."""
    decided = await records.latest_decisions(work, kept.id, entry.program_id)
    valid = go.must_be_valid_go(decided.get(entry.program_id), AUTHORITIES, work.now)
    ready = await _readiness(work, kept, entry)
    reason = go.reason_that_stands(valid, ready.measured)
    local = go.local_refusals(protocol_of(work, kept), ready, reason)
    go.refuse_all("the dose", (*go.authority_refusals(told, work.now), *local))
    return valid


async def _readiness(work: Work, kept: Session, entry: Entry) -> go.Readiness:
    decided = await records.latest_decisions(work, kept.id)
    going = {id for id, decision in decided.items() if decision.decision == "go"} | {entry.program_id}
    under_care = [
        one
        for one in await sessions.get_roster(work, kept.id)
        if one.state == Presence.DOSED or (one.state == Presence.ARRIVED and one.program_id in going)
    ]
    return go.Readiness(
        checklist=await records.get_checklist(work, kept.id, entry.program_id),
        measured=await records.get_measured(work, kept.id, entry.program_id),
        on_site=await sessions.staff_on_site(work, kept.id),
        participants=len(under_care),
    )


async def _keep_decision(
    work: Work, session_id: UUID, body: models.GoNoGo, caller: Principal, told: Told
) -> answers.Decided:
    kept, entry = await _before_dose(work, session_id, body.program_id, lock=True)
    protocol = protocol_of(work, kept)
    clearances: tuple[Clearance, ...] = ()
    valid_until = None
    if body.decision == "go":
        ready = await _readiness(work, kept, entry)
        local = go.local_refusals(protocol, ready, body.reason)
        go.refuse_all("a go", (*go.authority_refusals(told, work.now), *local))
        clearances = go.proof(told)
        valid_until = go.valid_until(clearances, work.now, go.dosing_of(protocol).clearance_valid_for.value)
    decided = go.Decision(
        id=uuid7(),
        decision=body.decision,
        decided_at=work.now,
        decided_by=caller.subject,
        reason=body.reason,
        clearances=clearances,
        valid_until=valid_until,
    )
    signed = sign(
        {"session_id": kept.id, "program_id": entry.program_id, "item": kept.item, "decision": body.decision,
         "reason": body.reason, "clearances": records.dump(clearances)},
        by=caller.subject, role=caller.role, at=work.now,
        meaning=body.signature.meaning, reason=body.signature.reason,
    )  # fmt: skip
    await records.add_decision(work, kept, entry.program_id, decided, signed)
    if body.decision == "no_go":
        await settle(work, "vitals_repeat", kept.item, "no_go", caller.subject, entry.program_id)
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(DoseDecided(**about, decision=body.decision), site=kept.site)
    return answers.Decided(
        program_id=entry.program_id, decision=body.decision, decided_at=work.now, valid_until=valid_until
    )


async def _keep_dose(work: Work, kept: Session, entry: Entry, given: dosage.Dose) -> None:
    await doses.add_dose(work, given, kept.site)
    await sessions.set_entry(work, entry, Presence.DOSED)
    administered = DoseAdministered(
        program_id=given.program_id,
        session_id=kept.id,
        item=given.item,
        administered_at=given.administered_at,
        administered_by=given.administered_by,
        verified_by=given.verified_by,
        clearances=given.clearances,
    )
    await work.emit(administered, site=kept.site)
    await owe_observations(work, kept, given)
