"""Make-ups of missed preparations and circles: booked once, at a free time, and cancelled with a reason."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.scheduler.api.accepted import Accepted
from services.scheduler.api.fields import Instant, Prose, Word
from services.scheduler.commands import book_make_up as booking
from services.scheduler.commands import cancel_make_up as cancelling
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.request_body import RequestBody

router = Router(tags=["commands"])
Organiser = Annotated[Principal, allow("coordinator", "facilitator")]


class MakeUp(RequestBody):
    """One person makes up a missed preparation or circle."""

    missed_item: Word
    starts_at: Instant
    minutes: int = Field(ge=5, le=480)


class MakeUpCancellation(RequestBody):
    """Why an appointment is cancelled. The reason stays with the fact; no message or event carries it."""

    reason: Prose


class MakeUpBooked(Accepted):
    session_id: UUID
    item: str


@router.post("/programs/{program_id}/make-ups", status_code=201)
async def book_make_up(program_id: UUID, make_up: MakeUp, caller: Organiser, work: InWork) -> MakeUpBooked:
    """Book a make-up of a missed preparation or circle; a missed dose is never made up.

    Refused: `already_booked` while one is ahead for the same item, `overlaps` with another appointment of the person,
    `starts_in_the_past`, `too_far_ahead`.
    """
    lasts = timedelta(minutes=make_up.minutes)
    program, booked = await booking.book_make_up(work, program_id, make_up.missed_item, make_up.starts_at, lasts)
    return MakeUpBooked(
        program_id=program.id, revision=program.revision, session_id=booked.session_id, item=booked.item
    )


@router.post("/programs/{program_id}/make-ups/{item}/cancel")
async def cancel_make_up(
    program_id: UUID, item: str, cancellation: MakeUpCancellation, caller: Organiser, work: InWork
) -> Accepted:
    """Cancel a make-up that has not begun: what was missed is still to be made up.

    Refused: `no_make_up`, `make_up_begun`.
    """
    program = await cancelling.cancel_make_up(work, program_id, item, caller, reason=cancellation.reason)
    return Accepted(program_id=program.id, revision=program.revision)
