"""What intake owes of somebody who leaves ends, and is owed again when their leaving was recorded by mistake."""

from uuid import UUID

from services.intake.commands.ask_for_forms import ask_for_forms
from services.intake.commands.ask_for_review import ask_for_review
from services.intake.domain.clocks import FORMS, REVIEW
from services.intake.domain.referral import Referral, State, pinned
from services.intake.storage import obligations, referrals
from shared.work import Work


async def leave(work: Work, program_id: UUID) -> None:
    """Ask nothing more of somebody who left, and of no clinician to decide about them."""
    for kind in (FORMS, REVIEW):
        for owed in await obligations.all_open(work, program_id=program_id, kind=kind, lock=True):
            await obligations.close(work, owed, closure="program_closed", closed_by="rule:left")


async def come_back(work: Work, referral: Referral, number: int) -> None:
    """Owe again what was closed when somebody counted as gone; `number` tells it from what was owed before."""
    locked = await referrals.lock(work, referral.program_id)
    owed = await obligations.all_open(work, program_id=referral.program_id)
    item = f"screening:again:{number}"
    match locked.state:
        case State.AWAITING_FORMS if not any(one.kind == FORMS for one in owed):
            await ask_for_forms(work, locked, pinned(work.protocols, locked.pin).screening, item=item)
        case State.AWAITING_REVIEW if not any(one.kind == REVIEW for one in owed):
            await ask_for_review(work, locked, item=item)
        case State.AWAITING_FORMS | State.AWAITING_REVIEW:
            pass  # it is owed already
        case State.ELIGIBLE | State.EXCLUDED | State.REDIRECTED | State.LAPSED:
            pass
