"""Integration's word on a dose that was given, asked again."""

from collections.abc import Sequence

from services.integration.domain.clearance import refusals
from services.integration.storage import clearance
from shared.clearances import Then, clearance_router, pinned_in
from shared.projection import participants
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def _recompute(work: Work, then: Then) -> Sequence[str]:
    """With what was recorded by then, under the version that the answer was recorded with, else the member's own."""
    member = await participants.find(work, then.program_id)
    if member is None or member.protocol_id is None or member.protocol_version is None:
        return ["program_unknown"]
    version, hash = pinned_in(then.recorded, member.protocol_id) or (member.protocol_version, member.protocol_hash)
    try:
        protocol = work.protocols.pinned(member.protocol_id, version, hash)
    except ProtocolGone as gone:
        return [gone.rule]
    if protocol.dosing is None:
        return ["no_dosing"]
    standing = await clearance.standing_at(work.connection, then.program_id, then.at)
    return refusals(protocol, standing, then.item, then.at)


router = clearance_router(_recompute)
