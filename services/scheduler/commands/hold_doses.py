"""A clinician's own hold: no dose until they release it, whatever else is open."""

from uuid import UUID

from services.scheduler.commands.members import active
from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import obligations, programs
from services.scheduler.storage.programs import Program
from shared.auth import Principal
from shared.events import scheduler as events
from shared.protocol.vocabulary import Role
from shared.refusal import Refused
from shared.work import Work


async def hold_doses(work: Work, program_id: UUID, caller: Principal, *, reason: str) -> Program:
    """Hold every dose of this person. A decision on it is due within the protocol's time.

    Refused: `program_not_active`, `already_held`.
    """
    view = await active(work, program_id)
    if view.history.hold is not None:
        raise Refused("already_held", "a clinician holds this person's doses already")
    item = f"hold:{view.program.revision + 1}"
    data = {"by": caller.subject, "role": caller.role, "reason": reason}
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
    return program


async def release_hold(work: Work, program_id: UUID, caller: Principal, *, reason: str) -> Program:
    """Release a clinician's hold; another hold of a dose stays.

    Refused: `program_not_active`, `not_held`.
    """
    view = await active(work, program_id)
    item = view.history.hold
    if item is None:
        raise Refused("not_held", "no clinician holds this person's doses")
    data = {"by": caller.subject, "role": caller.role, "reason": reason}
    program = await programs.record(work, view.program, FactKind.RELEASED, item, key=f"released:{item}", data=data)
    task = await obligations.find(work, "hold", item, program.id)
    if task:
        await obligations.close(work, task, closure="released", closed_by=caller.subject)
    await work.emit(events.DoseReleased(program_id=program.id, item=item), site=program.site)
    return program
