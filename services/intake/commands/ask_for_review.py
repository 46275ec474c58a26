"""A clinician is asked to review a screening: they decide, and sign."""

from services.intake.domain.clocks import REVIEW, review_within
from services.intake.domain.referral import Referral
from services.intake.storage import obligations
from shared.work import Work


async def ask_for_review(work: Work, referral: Referral, *, item: str = "screening") -> None:
    """Owe a review within `screening.review_within`; `item` tells it from what was owed before."""
    await obligations.open(
        work,
        site=referral.site,
        kind=REVIEW,
        item=item,
        owner="clinician",
        program_id=referral.program_id,
        deadline=work.now + review_within(work.protocols, referral.pin),
    )
