"""What happens when one of the scheduler's obligations reaches its deadline: it grows, it never goes away."""

from datetime import timedelta

from services.scheduler.commands.wait_for_protocol import UNREADABLE, read_again
from services.scheduler.domain.quorum import BELOW_MINIMUM, BELOW_QUORUM
from services.scheduler.storage import obligations
from shared.obligation import Obligation, Rule
from shared.protocol.vocabulary import Role
from shared.work import Work

AGAIN_AFTER = timedelta(days=30)
"""An overdue obligation waits for a person alone, the clinician from then on: it is seldom looked at (convention)."""


async def overdue(work: Work, obligation: Obligation) -> None:
    """The deadline passed without a closure: the clinician owns it now, in the task list until it is closed."""
    await obligations.move(work, obligation, stage="overdue", owner=Role.CLINICIAN, wake_at=work.now + AGAIN_AFTER)


OVERDUE = (
    "absence",
    "hold",
    "withdrawal_review",
    "screening_renewal",
    "agreement_missing",
    "interval_too_short",
    "orphan_fact",
    BELOW_MINIMUM,
    BELOW_QUORUM,
    "leaving_taken_back",
    "seat_given_on",
    "ledger_broken",
    "unheard_offer",
    "unheard_absence",
    "dose_while_held",
)
RULES: dict[str, Rule] = {**dict.fromkeys(OVERDUE, overdue), UNREADABLE: read_again}
