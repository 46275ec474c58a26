"""Intake's word on a dose that was given, asked again."""

from dataclasses import replace

from services.intake.domain.clearance import UNKNOWN_PROGRAM, refusals
from services.intake.domain.referral import State
from services.intake.storage import referrals, screening
from services.intake.storage.other_programs import refusals_of_others
from shared.clearances import Then, clearance_router, pinned_in
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def _recompute(work: Work, then: Then) -> tuple[str, ...]:
    """Clear by the decision and the agreements up to the revision of then, under the version that was recorded then."""
    referral = await referrals.find(work.connection, then.program_id)
    if referral is None:
        return (UNKNOWN_PROGRAM,)
    id = referral.pin.id
    version, hash = pinned_in(then.recorded, id) or (referral.pin.version, referral.pin.hash)
    try:
        protocol = work.protocols.pinned(id, version, hash)
    except ProtocolGone as gone:
        return (gone.rule,)
    decision = await screening.decision(work.connection, then.program_id, revision=then.revision)
    ledger = await screening.agreements(work.connection, then.program_id, revision=then.revision)
    reopened = await screening.is_reopened(work.connection, then.program_id, revision=then.revision)
    state = State(decision.decision) if decision else State.AWAITING_REVIEW
    own = refusals(replace(referral, state=state), decision, ledger, protocol, then.at, reopened=reopened)
    return (*own, *await refusals_of_others(work, then.program_id, protocol, then.at))


router = clearance_router(_recompute)
