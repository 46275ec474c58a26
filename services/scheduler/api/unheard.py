"""An offer that no message could carry: what the person said when a coordinator reached them."""

from typing import Annotated
from uuid import UUID

from services.scheduler.api.accepted import Accepted
from services.scheduler.commands import tell_of_offer as telling
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.request_body import RequestBody

router = Router(tags=["commands"])


class OfferTold(RequestBody):
    """What a person said who was called because no message told them that a seat was kept for them."""

    outcome: telling.Outcome


@router.post("/programs/{program_id}/offer/told")
async def tell_of_offer(
    program_id: UUID, told: OfferTold, caller: Annotated[Principal, allow("coordinator")], work: InWork
) -> Accepted:
    """Say that a person was reached whom no message had told of an offer; refused when no such call is due
    (`no_call_owed`).

    A person who wants a seat is offered the next one by the place in line that they had; one who declines ends here.
    An offer that is still open is answered by `offer/accept` or `offer/decline`.
    """
    program = await telling.tell_of_offer(work, program_id, told.outcome, caller)
    return Accepted(program_id=program.id, revision=program.revision)
