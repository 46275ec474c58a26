"""Screening: structured answers, what the protocol's rules find in them, a clinician's signed decision."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from fastapi.exceptions import RequestValidationError

from services.intake.api.models import AnswersKept, AnswersView, DecisionRequest, DecisionView
from services.intake.commands.sign_screening_decision import sign_screening_decision
from services.intake.commands.submit_forms import submit_forms
from services.intake.domain.answers import AnswersIncomplete, Draft
from services.intake.domain.decision import Proposed
from services.intake.storage import referrals
from services.intake.storage import screening as storage
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_program
from shared.refusal import not_found
from shared.revisions import IfMatch, show_revision

router = Router(tags=["screening"])


@router.put("/referrals/{program_id}/answers")
async def give_answers(
    program_id: UUID,
    draft: Draft,
    caller: Annotated[Principal, allow("participant", "coordinator")],
    work: InWork,
    complete: bool = True,
    if_match: IfMatch = None,
) -> AnswersKept:
    """Keep screening answers as a new version, laid over what was kept before (null takes an answer back).

    `complete=false` keeps a draft of whatever is given; `complete=true` needs the whole, evaluates the protocol's
    rules and asks a clinician for a review. Once decided, a coordinator may correct what `eligible` is based on: a
    clinician must sign again then. Refused: `already_decided`, `screening_lapsed`, `another_date_of_birth`,
    `unknown_condition` (neither of every protocol nor of this one's own).
    """
    own_program(caller, program_id)
    try:
        kept = await submit_forms(work, program_id, draft, caller, complete=complete, if_match=if_match)
    except AnswersIncomplete as incomplete:
        errors = [{**error, "loc": ("body", *error["loc"])} for error in incomplete.errors]
        raise RequestValidationError(errors) from incomplete
    return AnswersKept(
        program_id=program_id,
        version=kept.version,
        complete=complete,
        state=kept.state,
        touched=list(kept.touched),
    )


@router.get("/referrals/{program_id}/answers")
async def show_answers(
    program_id: UUID,
    caller: Annotated[Principal, allow("participant", "coordinator", "clinician", "prescriber")],
    work: InWork,
    response: Response,
) -> AnswersView:
    """The newest version of somebody's answers, draft or complete: what a clinician reads before deciding."""
    own_program(caller, program_id)
    await referrals.get(work.connection, program_id)
    kept = await storage.answers(work.connection, program_id)
    if kept is None:
        raise not_found("answers of program", program_id)
    show_revision(response, kept.version)
    return AnswersView(
        version=kept.version,
        complete=kept.complete,
        given_at=kept.given_at,
        given_by=kept.given_by,
        sha256=kept.sha256,
        answers=kept.content,
    )


@router.post("/referrals/{program_id}/decision")
async def sign_decision(
    program_id: UUID, request: DecisionRequest, caller: Annotated[Principal, allow("clinician")], work: InWork
) -> DecisionView:
    """Sign the screening decision, on the newest answers and with the protocol they were evaluated with.

    `exclude` findings refuse `eligible` without an `override_reason` (422 `override_needs_reason`). Signed once (409
    `already_decided`); renewed from `dosing.foreseen_before` the end of `screening.decision_valid_for` on.
    """
    reason, read = request.reason or request.signature.reason, request.answers_version
    proposed = Proposed(request.decision, reason, request.override_reason, read)
    meaning = request.signature.meaning
    return DecisionView.of(await sign_screening_decision(work, program_id, proposed, caller, meaning=meaning))
