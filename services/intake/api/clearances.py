"""Intake's word on a dose that was given, asked again."""

from dataclasses import replace

from services.intake.domain.clearance import UNKNOWN_PROGRAM, refusals
from services.intake.domain.referral import State
from services.intake.storage import referrals, screening
from shared.clearances import Then, clearance_router
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def _recompute(work: Work, then: Then) -> tuple[str, ...]:
    """With the newest decision and the agreements up to the revision of then; the state follows from the decision."""
    referral = await referrals.find(work.connection, then.program_id)
    if referral is None:
        return (UNKNOWN_PROGRAM,)
    try:
        protocol = work.protocols.pinned(referral.pin.id, referral.pin.version, referral.pin.hash)
    except ProtocolGone as gone:
        return (str(gone),)
    decision = await screening.decision(work.connection, then.program_id, revision=then.revision)
    ledger = await screening.agreements(work.connection, then.program_id, revision=then.revision)
    state = State(decision.decision) if decision else State.AWAITING_REVIEW
    return refusals(replace(referral, state=state), decision, ledger, protocol, then.at)


router = clearance_router(_recompute)
