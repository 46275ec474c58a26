"""A person is asked for the screening forms, and a coordinator sees to it that they come."""

from services.intake.domain.clocks import FORMS, forms_deadline, forms_first_wake
from services.intake.domain.referral import Referral
from services.intake.storage import obligations
from shared.protocol.screening import Screening
from shared.work import Work


async def ask_for_forms(work: Work, referral: Referral, screening: Screening, *, item: str = "screening") -> None:
    """Owe the forms until `screening.forms_within` is over; `item` tells them from what was owed before."""
    await obligations.open(
        work,
        site=referral.site,
        kind=FORMS,
        item=item,
        owner="coordinator",
        program_id=referral.program_id,
        deadline=forms_deadline(screening, work.now),
        wake_at=forms_first_wake(screening, work.now),
    )
