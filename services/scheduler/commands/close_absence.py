"""An absence ends without a make-up."""

from uuid import UUID

from services.scheduler.commands.members import active, open_absence
from services.scheduler.domain.attendance import holds_a_dose
from services.scheduler.domain.facts import FactKind, GivenClosure
from services.scheduler.storage import programs
from services.scheduler.storage.programs import Program
from shared.auth import Principal
from shared.refusal import Refused
from shared.work import Work


async def close_absence(
    work: Work, program_id: UUID, item: str, closure: GivenClosure, caller: Principal, *, reason: str
) -> Program:
    """Record how the absence ends: not worse, go on (esketamine guide), or a clinician excuses it.

    Refused: `program_not_active`, `no_absence`, `absence_closed`, and `holds_next_dose` where a make-up is owed.
    """
    view = await active(work, program_id)
    open_absence(view, item)
    if view.calendar and holds_a_dose(view.protocol, view.calendar, view.history, item):
        detail = f"{item} holds the next dose: it needs a make-up or a signed override"
        raise Refused("holds_next_dose", detail, field="item")
    data = {"by": caller.subject, "role": caller.role, "closure": closure, "reason": reason}
    key = f"absence_closed:{item}"
    return await programs.record(work, view.program, FactKind.ABSENCE_CLOSED, item, key=key, data=data)
