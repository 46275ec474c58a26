"""An offer that no message could carry: what the person said when a coordinator reached them."""

from typing import Annotated, Literal
from uuid import UUID

from services.scheduler.api.commands import Accepted
from services.scheduler.domain.history import FactKind
from services.scheduler.storage import programs, unheard
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.refusal import Refused
from shared.request_body import RequestBody

router = Router(tags=["commands"])


class OfferTold(RequestBody):
    """What a person said who was called because no message told them that a seat was kept for them."""

    outcome: Literal["wants_a_seat", "declines"]


@router.post("/programs/{program_id}/offer/told")
async def tell_of_offer(
    program_id: UUID, told: OfferTold, caller: Annotated[Principal, allow("coordinator")], work: InWork
) -> Accepted:
    """Say that a person was reached whose offer nobody heard; refused when no such call is owed (`no_call_owed`).

    Whoever wants a seat is offered the next one by the place in the line that they had; who declines ends here. An
    offer that still stands is answered by `offer/accept` or `offer/decline`.
    """
    program = await programs.lock(work, program_id)
    if program_id not in await unheard.to_be_called(work):
        raise Refused("no_call_owed", "no offer to this person expired unheard")
    by = caller.subject
    program = await unheard.heard(
        work, program, key=f"{program.revision}", caused_at=work.now, by=by, data={"outcome": told.outcome}
    )
    match told.outcome:
        case "declines":
            data = {"by": by, "role": caller.role}
            program = await programs.record(work, program, FactKind.SEAT_DECLINED, "seat", key="declined", data=data)
        case "wants_a_seat":
            pass
    return Accepted(program_id=program.id, revision=program.revision)
