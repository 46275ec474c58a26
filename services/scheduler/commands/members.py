"""What several commands ask of a program: is its person a member, is this absence open, does somebody mean it."""

from uuid import UUID

from services.scheduler.domain.facts import Absence
from services.scheduler.storage import programs
from services.scheduler.storage.programs import Program, View
from shared.refusal import Refused
from shared.work import Work


async def active(work: Work, program_id: UUID) -> View:
    """Lock the program of somebody who is a member of a cohort; refused as `program_not_active` otherwise."""
    view = await programs.view(work, await programs.lock(work, program_id))
    if view.cohort is None or view.history.left or view.history.finished:
        raise Refused("program_not_active", f"the program is {view.program.state}")
    return view


def open_absence(view: View, item: str, *, field: str = "item") -> Absence:
    """Return the absence from an item; refused as `no_absence` or `absence_closed`."""
    absence = view.history.absences.get(item)
    if absence is None:
        raise Refused("no_absence", f"this person has no absence from {item}", field=field)
    if absence.closure is not None:
        raise Refused("absence_closed", f"the absence from {item} is closed: {absence.closure}", field=field)
    return absence


def check_confirmed(program: Program, how: str, confirms: UUID | None) -> None:
    """Refuse to end a program (`not_confirmed`) unless its id was sent once more: somebody looked whose it is."""
    if confirms != program.id:
        detail = f"this ends program {program.id} ({program.site}, {program.state}) for good: {how}. Look whose it is, "
        raise Refused("not_confirmed", detail + "and send its id once more as `confirms`", field="confirms")
