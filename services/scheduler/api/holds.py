"""A clinician's own hold: no dose until they release it, whatever else is open."""

from uuid import UUID

from services.scheduler.api.commands import Accepted, Clinician, active
from services.scheduler.api.fields import Prose
from services.scheduler.domain.history import FactKind
from services.scheduler.storage import obligations, programs
from shared.events import scheduler as events
from shared.http import InWork, Router
from shared.protocol.vocabulary import Role
from shared.refusal import Refused
from shared.request_body import RequestBody

router = Router(tags=["commands"])


class Hold(RequestBody):
    """Why dosing is held, or goes on. The reason stays with the fact; it is told to nobody."""

    reason: Prose


@router.post("/programs/{program_id}/hold")
async def hold_doses(program_id: UUID, hold: Hold, caller: Clinician, work: InWork) -> Accepted:
    """Hold every dose of this person. A decision on it is owed within the protocol's time."""
    view = await active(work, program_id)
    if view.history.hold is not None:
        raise Refused("already_held", "a clinician holds this person's doses already")
    item = f"hold:{view.program.revision + 1}"
    data = {"by": caller.subject, "role": caller.role, "reason": hold.reason}
    program = await programs.record(work, view.program, FactKind.HELD, item, key=item, data=data)
    await obligations.open(
        work,
        site=program.site,
        kind="hold",
        item=item,
        owner=Role.CLINICIAN,
        deadline=work.now + view.protocol.attendance.hold_decision_within.value,
        program_id=program.id,
    )
    await work.emit(events.DoseHeld(program_id=program.id, item=item), site=program.site)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/release")
async def release_hold(program_id: UUID, release: Hold, caller: Clinician, work: InWork) -> Accepted:
    """Release a clinician's hold; what else holds a dose goes on holding it."""
    view = await active(work, program_id)
    item = view.history.hold
    if item is None:
        raise Refused("not_held", "no clinician holds this person's doses")
    data = {"by": caller.subject, "role": caller.role, "reason": release.reason}
    program = await programs.record(work, view.program, FactKind.RELEASED, item, key=f"released:{item}", data=data)
    obligation = await obligations.find(work, "hold", item, program.id)
    if obligation:
        await obligations.close(work, obligation, closure="released", closed_by=caller.subject)
    await work.emit(events.DoseReleased(program_id=program.id, item=item), site=program.site)
    return Accepted(program_id=program.id, revision=program.revision)
