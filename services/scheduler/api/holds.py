"""A clinician's own hold: no dose until they release it, whatever else is open."""

from uuid import UUID

from services.scheduler.api.accepted import Accepted
from services.scheduler.api.commands import Clinician
from services.scheduler.api.fields import Prose
from services.scheduler.commands import hold_doses as holding
from shared.http import InWork, Router
from shared.request_body import RequestBody

router = Router(tags=["commands"])


class Hold(RequestBody):
    """Why dosing is on hold, or goes on. The reason stays with the fact; no message or event carries it."""

    reason: Prose


@router.post("/programs/{program_id}/hold")
async def hold_doses(program_id: UUID, hold: Hold, caller: Clinician, work: InWork) -> Accepted:
    """Hold every dose of this person. A decision on it is due within the protocol's time."""
    program = await holding.hold_doses(work, program_id, caller, reason=hold.reason)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/release")
async def release_hold(program_id: UUID, release: Hold, caller: Clinician, work: InWork) -> Accepted:
    """Release a clinician's hold; another hold of a dose stays."""
    program = await holding.release_hold(work, program_id, caller, reason=release.reason)
    return Accepted(program_id=program.id, revision=program.revision)
