"""A screening is evaluated again when what it rested on was corrected, and a clinician is asked to sign again."""

from pydantic import ValidationError

from services.intake.commands.ask_for_review import ask_for_review
from services.intake.domain.answers import AnswersVersion, check_conditions, laid_over
from services.intake.domain.correction import Cause, Reopening, Touched, reopens
from services.intake.domain.decision import sha256
from services.intake.domain.referral import Person, Referral, State, local, pinned
from services.intake.domain.screening import Evaluation, evaluate
from services.intake.storage import referrals
from services.intake.storage import screening as storage
from shared.auth import Principal
from shared.events.intake import ScreeningReopened
from shared.protocol import ScreeningAnswers
from shared.refusal import Refused
from shared.vocabulary import those
from shared.work import Work

DECIDED = those(
    State,
    are=(State.ELIGIBLE, State.EXCLUDED, State.REDIRECTED),
    are_not=(State.AWAITING_FORMS, State.AWAITING_REVIEW, State.LAPSED),
)


async def follow_protocol(work: Work, referral: Referral, by: str) -> Touched:
    """Evaluate the kept answers by the version that the person's cohort follows from now on."""
    answers = await storage.answers(work.connection, referral.program_id)
    if answers is None or not answers.complete:
        return Touched(referral.state)
    return await _look_again(work, referral, answers, cause="protocol", by=by)


async def correct_birth(work: Work, referral: Referral, person: Person, caller: Principal) -> Touched:
    """Put a corrected date of birth into a new version of the answers, and evaluate them again."""
    kept = await storage.answers(work.connection, referral.program_id)
    if kept is None or "date_of_birth" not in kept.content:
        return Touched(referral.state)
    content = laid_over(kept.content, {"date_of_birth": person.date_of_birth.isoformat()})
    given = AnswersVersion(kept.version + 1, kept.complete, content, sha256(content), work.now, caller.subject)
    await storage.keep_answers(work.connection, referral, given, role=caller.role)
    if not given.complete:
        return Touched(referral.state)
    return await _look_again(work, referral, given, cause="date_of_birth", by=caller.subject)


async def _look_again(work: Work, referral: Referral, answers: AnswersVersion, *, cause: Cause, by: str) -> Touched:
    """Evaluate kept answers again; what cannot be evaluated bears no decision out, so it is signed again too."""
    anew = await _evaluate(work, referral, answers)
    if anew:
        return await keep_evaluation(work, referral, anew, cause=cause, by=by)
    decision = await storage.decision(work.connection, referral.program_id)
    if referral.state != State.ELIGIBLE:
        return Touched(referral.state)
    await _reopen(work, referral, cause=cause, by=by)
    return Touched(State.AWAITING_REVIEW, decision=decision, reopened=True)


async def _evaluate(work: Work, referral: Referral, answers: AnswersVersion) -> Evaluation | None:
    """What the rules find, counted from the day of which the answers speak: a fortnight after it they say the same.

    None when the pinned protocol is not there with its content, or the answers are not what is asked today: they may
    name a condition of another protocol's own, which none of its rules would read.
    """
    before = await storage.evaluation(work.connection, referral.program_id)
    day = local(before.evaluated_at if before else answers.given_at, work.sites[referral.site].zone)
    try:
        screening = pinned(work.protocols, referral.pin).screening
        given = ScreeningAnswers.model_validate(answers.content)
        check_conditions(given.conditions, screening)
    except (Refused, ValidationError):
        return None
    return evaluate(screening, referral.pin, given, version=answers.version, now=day)


async def keep_evaluation(work: Work, referral: Referral, evaluation: Evaluation, *, cause: Cause, by: str) -> Touched:
    """Keep a new evaluation; a signed `eligible` that it does not bear out stands no longer."""
    decision = await storage.decision(work.connection, referral.program_id)
    signed_on = await storage.signed_on(work.connection, referral.program_id)
    await storage.keep_evaluation(work.connection, referral, evaluation)
    if referral.state != State.ELIGIBLE or not reopens(signed_on, evaluation):
        return Touched(referral.state, evaluation, decision if referral.state in DECIDED else None)
    await _reopen(work, referral, cause=cause, by=by)
    return Touched(State.AWAITING_REVIEW, evaluation, decision, reopened=True)


async def _reopen(work: Work, referral: Referral, *, cause: Cause, by: str) -> None:
    """Let the signed decision stand no longer: no dose is cleared, no seat is offered, and a review is owed."""
    reopened = await referrals.change(work.connection, referral, state=State.AWAITING_REVIEW)
    await storage.keep_reopening(work.connection, reopened, Reopening(cause, work.now, by))
    told = ScreeningReopened(program_id=referral.program_id, protocol_id=referral.pin.id)
    await work.emit(told, site=referral.site)
    await ask_for_review(work, reopened, item=f"screening:{reopened.revision}")
