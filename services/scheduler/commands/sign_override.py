"""A clinician signs that a preparation or circle which is still to be made up does not hold the next dose."""

from uuid import UUID

from services.scheduler.commands.members import active, open_absence
from services.scheduler.domain.attendance import can_be_made_up
from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import programs
from services.scheduler.storage.programs import Program
from shared.auth import Principal
from shared.events import scheduler as events
from shared.refusal import Refused
from shared.work import Work


async def sign_override(
    work: Work, program_id: UUID, item: str, caller: Principal, *, reason: str, meaning: str
) -> Program:
    """Record the override. Refused: `program_not_active`, `no_absence`, `absence_closed`, `never_doubled`."""
    view = await active(work, program_id)
    open_absence(view, item)
    if not can_be_made_up(view.protocol, item):
        raise Refused("never_doubled", "a missed dose holds nothing that could be overridden", field="item")
    data = {"by": caller.subject, "role": caller.role, "reason": reason, "meaning": meaning}
    key = f"overridden:{item}"
    program = await programs.record(work, view.program, FactKind.OVERRIDDEN, item, key=key, data=data)
    await work.emit(events.ItemOverridden(program_id=program.id, item=item), site=program.site)
    return program
