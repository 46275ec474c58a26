"""Screening: structured answers, what the protocol's rules find in them, a clinician's signed decision."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.intake.activities import forms, reviewing
from services.intake.api.models import AnswersKept, AnswersView, DecisionRequest, DecisionView
from services.intake.domain.answers import AnswersVersion, Draft, check_conditions, check_open, check_whole, laid_over
from services.intake.domain.clocks import REVIEW
from services.intake.domain.correction import Touched, sentences
from services.intake.domain.decision import Proposed, Signer, check_decidable, decide, sha256
from services.intake.domain.referral import Referral, State, local, pinned, today
from services.intake.domain.screening import Evaluation, evaluate
from services.intake.storage import obligations, referrals
from services.intake.storage import screening as storage
from shared.auth import Principal
from shared.events.intake import ScreeningDecided
from shared.http import InWork, Router, allow, own_program
from shared.protocol import ScreeningAnswers
from shared.refusal import Refused, not_found
from shared.revisions import IfMatch, check_revision, show_revision
from shared.work import Work

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
    rules and asks a clinician for a review. Once decided, a coordinator may correct what `eligible` rests on: a
    clinician must sign again then. Refused: `already_decided`, `screening_lapsed`, `another_date_of_birth`,
    `unknown_condition` (neither of every protocol nor of this one's own).
    """
    own_program(caller, program_id)
    owed = await forms.find(work, program_id)
    referral = await referrals.lock(work, program_id)
    decision = await storage.decision(work.connection, program_id)
    protocol = pinned(work.protocols, referral.pin)
    renewable = decision is not None and decision.renewable(protocol, work.now)
    check_open(referral.state, complete=complete, correctable=renewable or caller.role == "coordinator")
    kept = await storage.answers(work.connection, referral.program_id)
    if if_match is not None:  # not asked for: what two people answer is laid over one another, field by field
        check_revision(if_match, kept.version if kept else 0)
    check_conditions(getattr(draft, "conditions", None) or (), protocol.screening)
    given = _next_version(work, kept, draft, caller, complete=complete)
    evaluation = await _evaluate(work, referral, given) if complete else None
    submitted = complete and referral.state == State.AWAITING_FORMS
    changed = await referrals.change(
        work.connection, referral, state=State.AWAITING_REVIEW if submitted else referral.state
    )
    await storage.keep_answers(work.connection, changed, given, role=caller.role)
    touched = Touched(changed.state)
    if evaluation:
        touched = await reviewing.keep_evaluation(work, changed, evaluation, cause="answers", by=caller.subject)
    if submitted:
        if owed:
            await obligations.close(work, owed, closure="submitted", closed_by=caller.subject)
        await reviewing.owe_review(work, changed)
    elif owed and caller.role == "participant":
        await forms.told(work, owed, work.now)
    said = sentences(touched) if caller.role == "coordinator" and not submitted else ()
    return AnswersKept(
        program_id=program_id, version=given.version, complete=complete, state=touched.state, touched=list(said)
    )


def _next_version(
    work: Work, kept: AnswersVersion | None, draft: Draft, caller: Principal, *, complete: bool
) -> AnswersVersion:
    given = draft.model_dump(mode="json", by_alias=True, exclude_unset=True)
    content = laid_over(kept.content if kept else {}, given)
    version = kept.version + 1 if kept else 1
    return AnswersVersion(version, complete, content, sha256(content), work.now, caller.subject)


async def _evaluate(work: Work, referral: Referral, given: AnswersVersion) -> Evaluation:
    answers = _whole(given)
    person = await referrals.person(work.connection, referral.program_id)
    zone = work.sites[referral.site].zone
    check_whole(answers, person.date_of_birth, today(work.now, person, zone))
    screening, now = pinned(work.protocols, referral.pin).screening, local(work.now, zone)
    check_conditions(answers.conditions, screening)
    return evaluate(screening, referral.pin, answers, version=given.version, now=now)


def _whole(given: AnswersVersion) -> ScreeningAnswers:
    try:
        return ScreeningAnswers.model_validate(given.content)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from error


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
    reviews = await obligations.all_open(work, program_id=program_id, kind=REVIEW, lock=True)
    referral = await referrals.lock(work, program_id)
    before = await storage.decision(work.connection, program_id)
    protocol = pinned(work.protocols, referral.pin)
    check_decidable(referral.state, renewable=before is not None and before.renewable(protocol, work.now))
    evaluation = await storage.evaluation(work.connection, program_id)
    answers = await storage.answers(work.connection, program_id)
    if evaluation is None or answers is None:
        raise Refused("forms_not_submitted", "there is nothing to decide on before the forms are submitted")
    if (evaluation.pin, evaluation.answers_version) != (referral.pin, answers.version):
        says = (
            f"the answers were not evaluated by {referral.pin.id} {referral.pin.version}: submit them again, complete"
        )
        raise Refused("not_evaluated", says)
    reason = request.reason or request.signature.reason
    valid_for = protocol.screening.decision_valid_for
    decision = decide(
        Proposed(request.decision, reason, request.override_reason, request.answers_version),
        evaluation,
        answers,
        program_id=program_id,
        signer=Signer(caller.subject, caller.role, work.now, request.signature.meaning),
        valid_for=valid_for.value if valid_for else None,
    )
    changed = await referrals.change(work.connection, referral, state=State(request.decision))
    await storage.keep_decision(work.connection, changed, decision)
    told = ScreeningDecided(
        program_id=program_id,
        protocol_id=referral.pin.id,
        decision=request.decision,
        valid_until=decision.valid_until,
    )
    await work.emit(told, site=referral.site)
    for review in reviews:
        await obligations.close(work, review, closure=request.decision, closed_by=caller.subject)
    return DecisionView.of(decision)
