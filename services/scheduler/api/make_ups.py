"""Make-ups of missed preparations and circles: booked once, at a free time, and cancelled with a reason."""

from datetime import timedelta
from uuid import UUID

from pydantic import Field
from uuid_utils.compat import uuid7

from services.scheduler.api.commands import Accepted, Organiser, active, open_absence
from services.scheduler.api.fields import Instant, Prose, Word, within_reach
from services.scheduler.commands import taking_back
from services.scheduler.domain.attendance import can_be_made_up
from services.scheduler.domain.history import FactKind
from services.scheduler.domain.make_ups import check_make_up, to_be_cancelled
from services.scheduler.storage import programs
from services.scheduler.storage.programs import View
from shared.events import scheduler as events
from shared.http import InWork, Router
from shared.protocol.items import session_kind
from shared.refusal import Refused
from shared.request_body import RequestBody

router = Router(tags=["commands"])


class MakeUp(RequestBody):
    """One person makes up a missed preparation or circle."""

    missed_item: Word
    starts_at: Instant
    minutes: int = Field(ge=5, le=480)


class MakeUpCancellation(RequestBody):
    """Why an appointment is cancelled. The reason stays with the fact; it is told to nobody."""

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
    view = await active(work, program_id)
    open_absence(view, make_up.missed_item, field="missed_item")
    if not can_be_made_up(view.protocol, make_up.missed_item):
        raise Refused("never_doubled", "a missed dose is never made up", field="missed_item")
    if make_up.starts_at <= work.now:
        raise Refused("starts_in_the_past", f"{make_up.starts_at} is over", status=422, field="starts_at")
    within_reach(work, view.program.site, make_up.starts_at, field="starts_at")
    booked = _booked(view, make_up)
    assert view.calendar is not None
    check_make_up(view.protocol, view.calendar, view.history, make_up.missed_item, booked.starts_at, booked.ends_at)
    data = booked.model_dump(mode="json", include={"missed_item", "starts_at", "ends_at", "session_id"})
    program = await programs.record(
        work, view.program, FactKind.MAKE_UP_BOOKED, booked.item, key=booked.item, data=data
    )
    await work.emit(booked, site=program.site)
    return MakeUpBooked(
        program_id=program.id, revision=program.revision, session_id=booked.session_id, item=booked.item
    )


@router.post("/programs/{program_id}/make-ups/{item}/cancel")
async def cancel_make_up(
    program_id: UUID, item: str, cancelling: MakeUpCancellation, caller: Organiser, work: InWork
) -> Accepted:
    """Cancel a make-up that has not begun: what was missed is owed as before.

    Refused: `no_make_up`, `make_up_begun`.
    """
    view = await active(work, program_id)
    make_up = to_be_cancelled(view.history, item, work.now)
    assert view.cohort is not None
    program = await taking_back.cancel_make_up(
        work, view.program, view.cohort, make_up, by=caller.subject, role=caller.role, reason=cancelling.reason
    )
    return Accepted(program_id=program.id, revision=program.revision)


def _booked(view: View, make_up: MakeUp) -> events.MakeUpBooked:
    assert view.cohort is not None
    earlier = [m for m in view.history.make_ups.values() if m.missed_item == make_up.missed_item]
    again = f":{len(earlier) + 1}" if earlier else ""
    kind = session_kind(make_up.missed_item)
    return events.MakeUpBooked(
        program_id=view.program.id,
        cohort_id=view.cohort.id,
        session_id=uuid7(),
        item=f"make_up:{make_up.missed_item}{again}",
        missed_item=make_up.missed_item,
        kind=kind.value,
        starts_at=make_up.starts_at,
        ends_at=make_up.starts_at + timedelta(minutes=make_up.minutes),
        no_show_at=make_up.starts_at + view.protocol.rules_for(kind).grace.value,
        zone=view.cohort.zone,
        protocol=view.cohort.pin,
    )
