"""Circles over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.integration.api.models import Deciding, Signature, Staff, Text
from services.integration.commands import close_circle as closing
from services.integration.commands import correct_absence as correcting
from services.integration.commands import record_attendance as recording
from services.integration.domain.circles import Circle, Status
from services.integration.storage import circles
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.paging import InPages, Paged
from shared.protocol.base import Key
from shared.protocol.calendar import MOST_CHECKS
from shared.refusal import not_found
from shared.request_body import RequestBody
from shared.work import Work

router = Router(prefix="/circles", tags=["circles"])
MOST_PEOPLE = 100


class Seat(BaseModel):
    """A person in a circle; why somebody is absent is never shown here."""

    program_id: UUID
    status: Status
    excused: bool
    no_show: bool


class CircleView(BaseModel):
    """A circle. `missed_item` is what a make-up makes up; `no_show_at` is known once the circle is due."""

    session_id: UUID
    site: str
    cohort_id: UUID
    item: str
    missed_item: str | None
    starts_at: datetime
    ends_at: datetime
    no_show_at: datetime | None
    zone: str
    state: str


class CircleDetail(CircleView):
    roster: list[Seat]


class Circles(Paged):
    items: list[CircleView]


class Absent(RequestBody):
    """A person who did not come; the reason stays in the record and never travels."""

    program_id: UUID
    excused: bool
    reason: Text | None = None


class Attendance(RequestBody):
    """Who is there and who is not; part of the roster is enough. `checks`: what the protocol asks for before such a
    session, confirmed of everybody in `present`."""

    present: list[UUID] = Field(default=[], max_length=MOST_PEOPLE)
    absent: list[Absent] = Field(default=[], max_length=MOST_PEOPLE)
    checks: list[Key] = Field(default=[], max_length=MOST_CHECKS)


class Correction(RequestBody):
    """An absence was recorded by mistake: the person was there, or (`was_there` false) is expected again."""

    was_there: bool
    reason: Text
    signature: Signature


@router.get("")
async def list_circles(caller: Staff, work: InWork, page: InPages, cohort_id: UUID | None = None) -> Circles:
    """The circles of a cohort, or of all the caller's sites, by time."""
    found = await circles.of_cohort(work.connection, cohort_id, page)
    items = [CircleView.model_validate(circle, from_attributes=True) for circle in found]
    return Circles(items=items, next=page.next([circle.session_id for circle in found]))


@router.get("/{session_id}")
async def get_circle(caller: Staff, work: InWork, session_id: UUID) -> CircleDetail:
    """One circle with everyone's status: expected, attended, absent, or left the program."""
    circle = await circles.get(work.connection, session_id)
    if circle is None:
        raise not_found("circle", session_id)
    return await _detail(work, circle)


@router.post("/{session_id}/attendance")
async def record_attendance(
    caller: Annotated[Principal, allow("facilitator")], work: InWork, session_id: UUID, attendance: Attendance
) -> CircleDetail:
    """Record who is there and who is not. Anyone who is not recorded by `no_show_at` is absent then.

    Refused: `circle_not_due`, `circle_not_started` (present before the start), `not_on_roster`, `present_and_absent`,
    `check_missing`, `already_recorded` (somebody absent who is there after all counts until the grace time is over;
    after it a clinician corrects the absence), `protocol_changed`, `protocol_faulty`, `protocol_gone` (the circle's
    pinned protocol cannot be read: put its file right).
    """
    absent = [recording.Absent(**dict(person)) for person in attendance.absent]
    circle = await recording.record_attendance(
        work, session_id, attendance.present, absent, caller, checks=attendance.checks
    )
    return await _detail(work, circle)


@router.post("/{session_id}/absences/{program_id}/correction")
async def correct_absence(
    caller: Deciding, work: InWork, session_id: UUID, program_id: UUID, correction: Correction
) -> CircleDetail:
    """Sign that an absence was recorded by mistake: the person was there, or is expected again.

    Refused: `not_absent`, `circle_not_started`, `attendance_settled`, `circle_cancelled`.
    """
    circle = await correcting.correct_absence(
        work,
        session_id,
        program_id,
        caller,
        was_there=correction.was_there,
        reason=correction.reason,
        meaning=correction.signature.meaning,
    )
    return await _detail(work, circle)


@router.post("/{session_id}/close")
async def close_circle(
    caller: Annotated[Principal, allow("facilitator", "coordinator")], work: InWork, session_id: UUID
) -> CircleDetail:
    """Close a circle whose people are all accounted for. Refused: `attendance_missing`, `circle_not_due`,
    `circle_cancelled`, `circle_closed`."""
    return await _detail(work, await closing.close_circle(work, session_id, caller))


async def _detail(work: Work, circle: Circle) -> CircleDetail:
    roster = await circles.roster(work.connection, circle.session_id)
    view = CircleView.model_validate(circle, from_attributes=True)
    seats = [Seat.model_validate(place, from_attributes=True) for place in roster]
    return CircleDetail(**view.model_dump(), roster=seats)
