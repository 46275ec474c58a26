"""A dose was given."""

from datetime import datetime
from uuid import UUID

from services.scheduler.commands.record_fact import record_fact
from services.scheduler.domain import clearance
from services.scheduler.domain.agenda import agenda
from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import obligations, programs
from services.scheduler.storage.programs import Program, View
from shared.protocol.library import ProtocolGone
from shared.protocol.vocabulary import Role
from shared.work import Work


async def record_dose(work: Work, program_id: UUID, item: str, given_at: datetime) -> None:
    """Record the dose.

    One that is held here was given in the moments in which the hold was not known in the dosing room. It is not taken
    back, so a clinician sees to the person at once, as soon as a page must be answered.
    """
    program = await programs.lock(work, program_id)
    view = await _readable(work, program)
    holds = _holds(view, item, given_at) if view else ()
    await record_fact(work, program_id, FactKind.DOSED, item, key=f"dose:{item}", at=given_at)
    if view and holds:
        await obligations.open(
            work,
            site=program.site,
            kind="dose_while_held",
            item=item,
            owner=Role.CLINICIAN,
            deadline=work.now + view.protocol.risk.page_ack_within.value,
            program_id=program.id,
            data={"held_by": holds},
        )


async def _readable(work: Work, program: Program) -> View | None:
    """Return the program's view; None when its protocol cannot be read, of which a clinician is told."""
    try:
        return await programs.view(work, program)
    except ProtocolGone:
        return None


def _holds(view: View, item: str, given_at: datetime) -> tuple[str, ...]:
    """Return what holds this dose, as far as it is known at this moment."""
    if view.calendar is None or view.protocol.dosing is None:
        return ()
    ahead = agenda(view.protocol, view.calendar, view.history)
    found = clearance.refusals(view.protocol, view.calendar, view.history, ahead, item, given_at)
    return tuple(rule for rule in found if rule.startswith("held:") or rule == "minimum_interval")
