"""A clinician signs the screening decision, on the newest answers and by the protocol they were evaluated with."""

from uuid import UUID

from services.intake.domain.answers import AnswersVersion
from services.intake.domain.clocks import REVIEW
from services.intake.domain.decision import Decision, Proposed, Signer, check_decidable, decide
from services.intake.domain.referral import Referral, State, pinned
from services.intake.domain.screening import Evaluation
from services.intake.storage import obligations, referrals
from services.intake.storage import screening as storage
from shared.auth import Principal
from shared.events.intake import ScreeningDecided
from shared.refusal import Refused
from shared.work import Work


async def sign_screening_decision(
    work: Work, program_id: UUID, proposed: Proposed, caller: Principal, *, meaning: str
) -> Decision:
    """Keep the signed decision and close the review. Signed once; renewed when it has ended or ends soon.

    Refused: `forms_not_submitted`, `screening_lapsed`, `already_decided`, `not_evaluated`, `answers_changed`, and
    `override_needs_reason` for `eligible` against an `exclude` finding.
    """
    # An obligation is locked before the row that it is about, as its watch does.
    reviews = await obligations.all_open(work, program_id=program_id, kind=REVIEW, lock=True)
    referral = await referrals.lock(work, program_id)
    before = await storage.decision(work.connection, program_id)
    protocol = pinned(work.protocols, referral.pin)
    check_decidable(referral.state, renewable=before is not None and before.renewable(protocol, work.now))
    evaluation, answers = await _evaluated(work, referral)
    valid_for = protocol.screening.decision_valid_for
    decision = decide(
        proposed,
        evaluation,
        answers,
        program_id=program_id,
        signer=Signer(caller.subject, caller.role, work.now, meaning),
        valid_for=valid_for.value if valid_for else None,
    )
    changed = await referrals.change(work.connection, referral, state=State(proposed.decision))
    await storage.keep_decision(work.connection, changed, decision)
    told = ScreeningDecided(
        program_id=program_id,
        protocol_id=referral.pin.id,
        decision=proposed.decision,
        valid_until=decision.valid_until,
    )
    await work.emit(told, site=referral.site)
    for review in reviews:
        await obligations.close(work, review, closure=proposed.decision, closed_by=caller.subject)
    return decision


async def _evaluated(work: Work, referral: Referral) -> tuple[Evaluation, AnswersVersion]:
    """Return the newest answers with what was found in them; refused unless the pinned protocol found it."""
    evaluation = await storage.evaluation(work.connection, referral.program_id)
    answers = await storage.answers(work.connection, referral.program_id)
    if evaluation is None or answers is None:
        raise Refused("forms_not_submitted", "there is nothing to decide on before the forms are submitted")
    if (evaluation.pin, evaluation.answers_version) != (referral.pin, answers.version):
        by = f"{referral.pin.id} {referral.pin.version}"
        raise Refused("not_evaluated", f"the answers were not evaluated by {by}: submit them again, complete")
    return evaluation, answers
