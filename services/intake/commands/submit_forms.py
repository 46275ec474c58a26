"""Screening answers are kept as a draft, submitted as a whole, or corrected once they are."""

from dataclasses import dataclass
from uuid import UUID

from services.intake.commands.ask_for_review import ask_for_review
from services.intake.commands.evaluate_again import keep_evaluation
from services.intake.commands.tell_of_forms import heard_of_forms
from services.intake.domain.answers import AnswersVersion, check_conditions, check_open, check_whole, laid_over, whole
from services.intake.domain.correction import Touched, sentences
from services.intake.domain.decision import sha256
from services.intake.domain.referral import Referral, State, local, pinned, today
from services.intake.domain.screening import Evaluation, evaluate
from services.intake.storage import forms, obligations, referrals
from services.intake.storage import screening as storage
from shared.auth import Principal
from shared.events.intake import FormsSubmitted
from shared.obligation import Obligation
from shared.protocol import Protocol
from shared.protocol.answers import Answers
from shared.revisions import check_revision
from shared.work import Work


@dataclass(frozen=True)
class Kept:
    """The version that the answers became, the referral's state, and what a correction touched, for staff."""

    version: int
    state: State
    touched: tuple[str, ...]


async def submit_forms(
    work: Work, program_id: UUID, draft: Answers, caller: Principal, *, complete: bool, if_match: str | None
) -> Kept:
    """Keep answers as a new version, laid over what was kept before; `complete` submits them for a review.

    Once decided, a coordinator may correct what `eligible` is based on: a clinician must sign again then. Refused:
    `already_decided`, `already_submitted`, `screening_lapsed`, `stale`, `unknown_condition`, `another_date_of_birth`,
    `impossible_date`, `remission_date`. Raises AnswersIncomplete for a submission that is not whole.
    """
    owed = await forms.owed(work, program_id)  # an obligation is locked before the row that it is about
    referral = await referrals.lock(work, program_id)
    protocol = pinned(work.protocols, referral.pin)
    await _check_open(work, referral, protocol, caller, complete=complete)
    kept = await storage.answers(work.connection, program_id)
    if if_match is not None:  # not asked for: what two people answer is laid over one another, field by field
        check_revision(if_match, kept.version if kept else 0)
    check_conditions(getattr(draft, "conditions", None) or (), protocol.screening)
    given = _next_version(work, kept, draft, caller, complete=complete)
    evaluation = await _evaluate(work, referral, given, protocol) if complete else None
    submitted = complete and referral.state == State.AWAITING_FORMS
    state = State.AWAITING_REVIEW if submitted else referral.state
    changed = await referrals.change(work.connection, referral, state=state)
    await storage.keep_answers(work.connection, changed, given, role=caller.role)
    touched = Touched(changed.state)
    if evaluation:
        touched = await keep_evaluation(work, changed, evaluation, cause="answers", by=caller.subject)
    if submitted:
        await _end_of_forms(work, changed, owed, caller)
    elif owed and caller.role == "participant":
        await heard_of_forms(work, owed, work.now)
    said = sentences(touched) if caller.role == "coordinator" and not submitted else ()
    return Kept(given.version, touched.state, said)


async def _check_open(work: Work, referral: Referral, protocol: Protocol, caller: Principal, *, complete: bool) -> None:
    decision = await storage.decision(work.connection, referral.program_id)
    renewable = decision is not None and decision.renewable(protocol, work.now)
    check_open(referral.state, complete=complete, correctable=renewable or caller.role == "coordinator")


def _next_version(
    work: Work, kept: AnswersVersion | None, draft: Answers, caller: Principal, *, complete: bool
) -> AnswersVersion:
    given = draft.model_dump(mode="json", by_alias=True, exclude_unset=True)
    content = laid_over(kept.content if kept else {}, given)
    version = kept.version + 1 if kept else 1
    return AnswersVersion(version, complete, content, sha256(content), work.now, caller.subject)


async def _evaluate(work: Work, referral: Referral, given: AnswersVersion, protocol: Protocol) -> Evaluation:
    answers = whole(given.content)
    person = await referrals.person(work.connection, referral.program_id)
    zone = work.sites[referral.site].zone
    check_whole(answers, person.date_of_birth, today(work.now, person, zone))
    check_conditions(answers.conditions, protocol.screening)
    now = local(work.now, zone)
    return evaluate(protocol.screening, referral.pin, answers, version=given.version, now=now)


async def _end_of_forms(work: Work, submitted: Referral, owed: Obligation | None, caller: Principal) -> None:
    if owed:
        await obligations.close(work, owed, closure="submitted", closed_by=caller.subject)
    await work.emit(FormsSubmitted(program_id=submitted.program_id), site=submitted.site)
    await ask_for_review(work, submitted)
