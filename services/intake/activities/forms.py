"""The screening forms that a person is asked for: owed, heard of, and how their clock stands."""

from datetime import datetime
from uuid import UUID

from services.intake.domain.clocks import FORMS, Asked, forms_deadline, forms_first_wake
from services.intake.domain.referral import Referral
from services.intake.storage import obligations
from shared.obligation import Obligation
from shared.protocol.screening import Screening
from shared.work import Work


async def owe(work: Work, referral: Referral, screening: Screening, *, item: str = "screening") -> None:
    """Ask the person for the forms; a coordinator sees to it that they come."""
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


async def find(work: Work, program_id: UUID) -> Obligation | None:
    """The forms that this person still owes, locked; None when they owe none."""
    return next(iter(await obligations.all_open(work, program_id=program_id, kind=FORMS, lock=True)), None)


def asked(owed: Obligation) -> Asked:
    """Return how the clock of these forms stands."""
    told_at = owed.data.get("told_at")
    return Asked(
        owed_since=owed.opened_at,
        told_at=datetime.fromisoformat(told_at) if told_at else None,
        reminded=owed.data.get("reminded", 0),
        unheard=owed.data.get("unheard", 0),
    )


async def told(work: Work, owed: Obligation, at: datetime) -> datetime:
    """Note that the person knows of the forms since a moment; return the first such moment.

    Their time and its reminders count from that one: the rule of the forms acts on it at once.
    """
    known = asked(owed).told_at
    if known and known <= at:
        return known
    data = {"told_at": at.isoformat(), "reminded": 0}
    await obligations.move(work, owed, wake_at=work.now, stage="open", data=data)
    return at
