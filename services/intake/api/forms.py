"""The forms that a person is asked for: what a coordinator says who told them when no message could."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.intake.commands import tell_of_forms as telling
from shared.auth import Principal
from shared.http import InWork, Router, allow

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
    """Say that a person was reached whom no message had asked for the forms: their time counts from now on.

    Somebody who knew already keeps their time. Refused when no forms are due (`no_forms_owed`).
    """
    told = await telling.tell_of_forms(work, program_id)
    return FormsTold(program_id=program_id, told_at=told.at, deadline=told.deadline)
