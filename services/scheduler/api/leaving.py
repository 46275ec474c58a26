"""Leaving for good: with a reason and a second look."""

from typing import Annotated
from uuid import UUID

from services.scheduler.api.accepted import Accepted
from services.scheduler.api.fields import Prose
from services.scheduler.commands.leave_program import leave_program
from services.scheduler.domain.facts import Left
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_program
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["commands"])
Carer = Annotated[Principal, allow("participant", "coordinator", "clinician")]
Staff = Annotated[Principal, allow("coordinator", "clinician")]


class Leaving(RequestBody):
    """Why, and the program's id once more: `confirms` shows that the sender looked at whom it is about.

    A person who withdraws owes nobody a reason.
    """

    reason: Prose | None = None
    confirms: UUID | None = None


@router.post("/programs/{program_id}/withdraw")
async def withdraw_participant(program_id: UUID, leaving: Leaving, caller: Carer, work: InWork) -> Accepted:
    """The person leaves the program; the safety check-in stays. Refused: `not_confirmed`, `reason_missing`."""
    own_program(caller, program_id)
    return await _end(work, program_id, "withdrawn", caller, leaving)


@router.post("/programs/{program_id}/transfer-out")
async def transfer_participant(program_id: UUID, leaving: Leaving, caller: Staff, work: InWork) -> Accepted:
    """The person goes on with a provider outside the network. Refused: `not_confirmed`, `reason_missing`."""
    return await _end(work, program_id, "transferred", caller, leaving)


@router.post("/programs/{program_id}/death")
async def record_death(program_id: UUID, leaving: Leaving, caller: Staff, work: InWork) -> Accepted:
    """The person died: nothing is sent or asked any more. Refused: `not_confirmed`, `reason_missing`."""
    return await _end(work, program_id, "died", caller, leaving)


async def _end(work: Work, program_id: UUID, how: Left, caller: Principal, leaving: Leaving) -> Accepted:
    reason, confirms = leaving.reason, leaving.confirms
    program = await leave_program(work, program_id, how, caller, reason=reason, confirms=confirms)
    return Accepted(program_id=program.id, revision=program.revision)
