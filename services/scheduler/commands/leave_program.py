"""A person leaves the program for good."""

from uuid import UUID

from services.scheduler.commands.members import check_confirmed
from services.scheduler.domain.facts import FactKind, Left
from services.scheduler.storage import programs
from services.scheduler.storage.programs import Program
from shared.auth import Principal
from shared.refusal import Refused
from shared.work import Work


async def leave_program(
    work: Work, program_id: UUID, how: Left, caller: Principal, *, reason: str | None, confirms: UUID | None
) -> Program:
    """End a program that is not over yet. A person who withdraws owes nobody a reason.

    Refused: `program_not_active`, `not_confirmed`, `reason_missing`.
    """
    program = await programs.lock(work, program_id)
    view = await programs.view(work, program)
    if program.closed_at is not None or view.history.left:
        raise Refused("program_not_active", f"the program is over: {program.state}")
    check_confirmed(program, how, confirms)
    if reason is None and caller.role != "participant":
        raise Refused("reason_missing", "say why", status=422, field="reason")
    return await record_leaving(work, program, how, caller, reason)


async def record_leaving(work: Work, program: Program, how: Left, caller: Principal, reason: str | None) -> Program:
    """Record that the person left; under the program's lock, by whoever has seen that they had not."""
    data = {"how": how, "by": caller.subject, "role": caller.role, "reason": reason}
    return await programs.record(work, program, FactKind.LEFT, "program", key=f"left:{program.revision + 1}", data=data)
