"""The forms that a person is asked for: what a coordinator says who told them when no message could."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.intake.activities import forms
from services.intake.domain.clocks import forms_deadline
from services.intake.domain.referral import pinned
from services.intake.storage import referrals
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.refusal import Refused

router = Router(tags=["screening"])


class FormsTold(BaseModel):
    """Since when the person knows that they are asked for forms, and until when they can send them."""

    program_id: UUID
    told_at: datetime
    deadline: datetime


@router.post("/referrals/{program_id}/forms/told")
async def tell_of_forms(
    program_id: UUID, caller: Annotated[Principal, allow("coordinator")], work: InWork
) -> FormsTold:
    """Say that a person was reached whom no message told of the forms: their time counts from now on.

    Whoever knew already keeps their time. Refused when no forms are owed (`no_forms_owed`).
    """
    owed = await forms.find(work, program_id)
    referral = await referrals.lock(work, program_id)
    if owed is None:
        raise Refused("no_forms_owed", f"this person owes no forms: the referral is {referral.state}")
    told_at = await forms.told(work, owed, work.now)
    deadline = forms_deadline(pinned(work.protocols, referral.pin).screening, told_at)
    return FormsTold(program_id=program_id, told_at=told_at, deadline=deadline)
