"""The go/no-go decision, its verification by a second person, and the dose."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, status

from services.session.api import answers, models
from services.session.api.presenters import dosed
from services.session.commands import assign_arm as assigning
from services.session.commands import give_dose as giving
from services.session.commands import sign_decision as deciding
from services.session.commands import verify_dose as verifying
from services.session.commands.before_dose import Told, clearance_question
from shared.auth import Principal
from shared.events.questions import AUTHORITIES, ClearanceAnswer
from shared.http import Asking, Beginning, InWork, Router, allow
from shared.request_reply import Ask, NoAnswer
from shared.work import OpenWork

router = Router(tags=["dosing"])


async def _open_work(request: Request) -> OpenWork:
    return request.app.state.running.open_work  # type: ignore[no-any-return]  # FastAPI's state is untyped


@router.put("/sessions/{session_id}/arms/{program_id}")
async def assign_arm(
    session_id: UUID,
    program_id: UUID,
    body: models.Arm,
    caller: Annotated[Principal, allow("clinician", "prescriber")],
    work: InWork,
) -> answers.Assigned:
    """Assign the arm of a person of this dosing session, on the day or before it: once, and for all their doses. Where
    the protocol has arms nobody has a go or a dose without one (`arm_not_assigned`), and the dose is within the arm's
    range. Refused: `no_arms`, `arm_assigned` (another one), `not_a_dosing_session`; 422: `unknown_arm`."""
    arm = await assigning.assign_arm(work, session_id, program_id, body.arm, caller)
    return answers.Assigned(program_id=program_id, arm=arm.id, title=arm.title)


@router.post("/sessions/{session_id}/decisions", status_code=status.HTTP_201_CREATED)
async def decide_dose(
    session_id: UUID,
    body: models.GoNoGo,
    caller: Annotated[Principal, allow("prescriber")],
    open_work: Annotated[OpenWork, Depends(_open_work)],
    begin: Beginning,
    ask: Asking,
) -> answers.Decided:
    """The prescriber's signed go or no-go for one person. A go is refused (409) with the name of every rule in its way:
    `no_answer:<authority>`, `stale_answer:<authority>`, the authorities' own rules, `checklist:<field>`, `vitals_…`,
    `staffing:…`, `c_ssrs_holds_dosing`, `open_risk`, `arm_not_assigned`, `already_dosed`, `minimum_interval`. The
    authorities are asked before the session is locked, and what they say is kept as the decision's proof."""
    match body.decision:
        case "go":
            told = await _ask_all(open_work, ask, caller, session_id, body.program_id)
        case "no_go":
            told = {}
    decided = await deciding.sign_decision(
        await begin(),
        session_id,
        body.program_id,
        body.decision,
        body.reason,
        signing=body.signature.value(),
        caller=caller,
        told=told,
    )
    return answers.Decided(
        program_id=body.program_id,
        decision=decided.decision,
        decided_at=decided.decided_at,
        valid_until=decided.valid_until,
    )


@router.post("/sessions/{session_id}/verifications", status_code=status.HTTP_201_CREATED)
async def verify_dose(
    session_id: UUID,
    body: models.Order,
    caller: Annotated[Principal, allow("prescriber", "facilitator", "clinician")],
    work: InWork,
) -> answers.Verified:
    """A second person, with their own login, says what they read on the dose that was drawn up, once there is a go: mg,
    kg (dated), mg/ml, lot, expiry. The person who gives the dose names this verification; theirs must be the same
    order, and they another person. It is used once, and a newer go needs a newer one. Refused: `no_go_decision`,
    `clearance_expired`, `arm_not_assigned`; 422: `route_not_in_protocol`, `dose_out_of_range`, `weight_out_of_date`,
    `lot_expired`."""
    made = await verifying.verify_dose(work, session_id, body.program_id, body.order(), caller)
    return answers.Verified(
        verification_id=made.id, program_id=made.program_id, verified_at=made.at, verified_by=made.by
    )


@router.post("/sessions/{session_id}/doses", status_code=status.HTTP_201_CREATED)
async def administer_dose(
    session_id: UUID,
    body: models.DoseGiven,
    caller: Annotated[Principal, allow("prescriber", "facilitator")],
    open_work: Annotated[OpenWork, Depends(_open_work)],
    begin: Beginning,
    ask: Asking,
) -> answers.Dosed:
    """The dose as it was given: mg, kg (dated), mg/ml, lot, expiry, and the second person's verification. It is based
    on a go that is still valid, and everything that the go asked is asked once more: what happened since counts, and
    the authorities' answers are the dose's proof. Refused: `no_go_decision`, `clearance_expired`, whatever refuses a
    go, `verification_missing`, `verification_differs`, `verification_out_of_date`, `verification_used`,
    `balance_below_zero`; 422: `route_not_in_protocol`, `dose_out_of_range`, `verifier_same_person`,
    `weight_out_of_date`, `lot_expired`."""
    told = await _ask_all(open_work, ask, caller, session_id, body.program_id)
    given, dosing = await giving.give_dose(
        await begin(), session_id, body.program_id, body.order(), body.verification, caller=caller, told=told
    )
    return dosed(dosing, given)


async def _ask_all(open_work: OpenWork, ask: Ask, caller: Principal, session_id: UUID, program_id: UUID) -> Told:
    """Ask every authority at this moment; None is where there is no answer, which is a «no».

    They are asked here and not in a command: a command has a transaction, and none is open while others answer.
    """
    async with open_work(caller.sites) as work:
        question = await clearance_question(work, session_id, program_id)

    async def answer(authority: str) -> ClearanceAnswer | None:
        try:
            return await ask.clearance(authority, question)
        except NoAnswer:
            return None

    return dict(zip(AUTHORITIES, await asyncio.gather(*map(answer, AUTHORITIES)), strict=True))
