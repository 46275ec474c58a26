"""A screening review that is overdue: it is escalated until a clinician decides, and never closes by itself."""

from services.intake.domain.clocks import review_step, review_within
from services.intake.storage import obligations, referrals
from shared.obligation import Obligation
from shared.work import Work


async def escalate_review(work: Work, review: Obligation) -> None:
    """Escalate an overdue review every `screening.review_within`, for as long as no clinician has decided."""
    assert review.program_id is not None
    referral = await referrals.get(work.connection, review.program_id)
    within = review_within(work.protocols, referral.pin)
    step = review_step(within, review.data.get("overdue", 0), work.now)
    await obligations.move(
        work,
        review,
        wake_at=step.deadline,
        deadline=step.deadline,
        stage=step.stage,
        data={"overdue": step.overdue},
    )
