"""A coordinator reached a person whose offer no message could carry."""

from typing import Literal
from uuid import UUID

from services.scheduler.commands import call_unheard
from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import programs
from services.scheduler.storage.programs import Program
from shared.auth import Principal
from shared.refusal import Refused
from shared.work import Work

Outcome = Literal["wants_a_seat", "declines"]


async def tell_of_offer(work: Work, program_id: UUID, outcome: Outcome, caller: Principal) -> Program:
    """Record what the person said who was called. Refused: `no_call_owed`."""
    program = await programs.lock(work, program_id)
    if program_id not in await call_unheard.to_be_called(work):
        raise Refused("no_call_owed", "no offer to this person expired unheard")
    by, data = caller.subject, {"outcome": outcome}
    program = await call_unheard.heard(work, program, key=f"{program.revision}", caused_at=work.now, by=by, data=data)
    match outcome:
        case "declines":
            why = {"by": by, "role": caller.role}
            program = await programs.record(work, program, FactKind.SEAT_DECLINED, "seat", key="declined", data=why)
        case "wants_a_seat":
            pass
    return program
