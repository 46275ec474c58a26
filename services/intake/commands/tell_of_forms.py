"""A person hears that they are asked for forms: from a message, from the forms themselves, or from a coordinator."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.clocks import forms_deadline
from services.intake.domain.referral import pinned
from services.intake.storage import forms, obligations, referrals
from shared.obligation import Obligation
from shared.refusal import Refused
from shared.work import Work


@dataclass(frozen=True)
class Told:
    """Since when the person knows that they are asked for forms, and until when they can send them."""

    at: datetime
    deadline: datetime


async def tell_of_forms(work: Work, program_id: UUID) -> Told:
    """Record that a coordinator reached a person whom no message told of the forms. Refused: `no_forms_owed`."""
    owed = await forms.owed(work, program_id)  # an obligation is locked before the row that it is about
    referral = await referrals.lock(work, program_id)
    if owed is None:
        raise Refused("no_forms_owed", f"this person owes no forms: the referral is {referral.state}")
    told_at = await heard_of_forms(work, owed, work.now)
    return Told(told_at, forms_deadline(pinned(work.protocols, referral.pin).screening, told_at))


async def heard_of_forms(work: Work, owed: Obligation, at: datetime) -> datetime:
    """Note that the person knows of the forms since a moment; return the first such moment.

    Their time and its reminders count from that one: the rule of the forms acts on it at once.
    """
    known = forms.asked(owed).told_at
    if known and known <= at:
        return known
    data = {"told_at": at.isoformat(), "reminded": 0}
    await obligations.move(work, owed, wake_at=work.now, stage="open", data=data)
    return at
