"""A missed preparation or circle is made up: booked once, at a free time."""

from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from services.scheduler.commands.members import active, open_absence
from services.scheduler.domain.attendance import can_be_made_up
from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.horizon import check_within_reach
from services.scheduler.domain.make_ups import check_make_up
from services.scheduler.storage import programs
from services.scheduler.storage.programs import Program, View
from shared.events import scheduler as events
from shared.protocol.items import session_kind
from shared.refusal import Refused
from shared.work import Work


async def book_make_up(
    work: Work, program_id: UUID, missed_item: str, starts_at: datetime, lasts: timedelta
) -> tuple[Program, events.MakeUpBooked]:
    """Book a make-up; a missed dose is never made up. Return what everybody is told.

    Refused: `program_not_active`, `no_absence`, `absence_closed`, `never_doubled`, `already_booked` while one is ahead
    for the same item, `overlaps` with another appointment of the person, `starts_in_the_past`, `too_far_ahead`.
    """
    view = await active(work, program_id)
    open_absence(view, missed_item, field="missed_item")
    if not can_be_made_up(view.protocol, missed_item):
        raise Refused("never_doubled", "a missed dose is never made up", field="missed_item")
    if starts_at <= work.now:
        raise Refused("starts_in_the_past", f"{starts_at} is over", status=422, field="starts_at")
    check_within_reach(work.sites[view.program.site], starts_at, work.now, field="starts_at")
    booked = _booked(view, missed_item, starts_at, lasts)
    assert view.calendar is not None
    check_make_up(view.protocol, view.calendar, view.history, missed_item, booked.starts_at, booked.ends_at)
    data = booked.model_dump(mode="json", include={"missed_item", "starts_at", "ends_at", "session_id"})
    kind, item = FactKind.MAKE_UP_BOOKED, booked.item
    program = await programs.record(work, view.program, kind, item, key=item, data=data)
    await work.emit(booked, site=program.site)
    return program, booked


def _booked(view: View, missed_item: str, starts_at: datetime, lasts: timedelta) -> events.MakeUpBooked:
    assert view.cohort is not None
    earlier = [make_up for make_up in view.history.make_ups.values() if make_up.missed_item == missed_item]
    again = f":{len(earlier) + 1}" if earlier else ""
    kind = session_kind(missed_item)
    return events.MakeUpBooked(
        program_id=view.program.id,
        cohort_id=view.cohort.id,
        session_id=uuid7(),
        item=f"make_up:{missed_item}{again}",
        missed_item=missed_item,
        kind=kind.value,
        starts_at=starts_at,
        ends_at=starts_at + lasts,
        no_show_at=starts_at + view.protocol.rules_for(kind).grace.value,
        zone=view.cohort.zone,
        protocol=view.cohort.pin,
    )
