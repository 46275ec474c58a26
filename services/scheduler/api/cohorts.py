"""Cohorts: opened by a coordinator, with a calendar from their protocol."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduler.api.fields import Day, Instant, Prose, Word
from services.scheduler.commands import open_cohort as opening
from services.scheduler.commands.cancel_cohort import cancel
from services.scheduler.storage import bookings, cohorts, seating
from services.scheduler.storage.cohorts import Cohort
from shared.auth import READERS, Principal
from shared.fields import Name
from shared.http import InWork, Router, allow, own_site
from shared.paging import InPages, Paged
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["cohorts"])
Coordinator = Annotated[Principal, allow("coordinator")]
Staff = Annotated[Principal, allow(*READERS)]


class NewCohort(RequestBody):
    """`starts_on` is day 0 of the protocol; `starts_at` (default: midnight there) is where offsets count from.

    `inputs` are what the protocol asks of each cohort, because no publication gives it or because groups differ in it:
    a day (from 0), a week (from 1), or 1 for yes and 0 for no.
    """

    site: Word
    protocol_id: Word
    version: Word | None = None
    starts_on: Day
    starts_at: Instant | None = None
    capacity: int = Field(ge=1, le=100)
    theme: Name | None = None
    inputs: Mapping[Word, Annotated[int, Field(ge=0, le=730)]] = Field(default_factory=dict)


class SessionView(BaseModel):
    session_id: UUID
    item: str
    kind: str
    starts_at: datetime
    ends_at: datetime


class SeatView(BaseModel):
    """`small_group` counts from 1, where the protocol divides its cohorts; null where it does not."""

    number: int
    small_group: int | None
    state: str
    program_id: UUID | None
    expires_at: datetime | None


class CohortCancellation(RequestBody):
    """Why a cohort is cancelled. The reason stays with the facts; no message or event carries it."""

    reason: Prose


class CohortSummary(BaseModel):
    cohort_id: UUID
    site: str
    protocol_id: str
    protocol_version: str
    protocol_hash: str
    theme: str | None
    capacity: int
    starts_on: date
    zone: str
    closed_at: datetime | None
    cancelled_at: datetime | None = None


class CohortView(CohortSummary):
    """A cohort with its seats and its calendar."""

    seats: list[SeatView]
    sessions: list[SessionView]


class Cohorts(Paged):
    items: list[CohortSummary]


@router.post("/cohorts", status_code=201)
async def open_cohort(new: NewCohort, caller: Coordinator, work: InWork) -> CohortView:
    """Open a cohort: its protocol is pinned, its calendar booked, its seats are offered along the waitlist.

    Refused: `cohort_exists` when one of this protocol and theme starts then (a second group needs a theme of its own),
    `too_far_ahead`, `starts_in_the_past`, and what the protocol forbids.
    """
    own_site(caller, new.site)
    cohort = await opening.open_cohort(work, opening.NewCohort(**dict(new)))
    return await _view(work, cohort)


@router.post("/cohorts/{cohort_id}/cancel")
async def cancel_cohort(
    cohort_id: UUID, cancelling: CohortCancellation, caller: Coordinator, work: InWork
) -> CohortView:
    """Cancel a cohort before anybody is on their way to it: people with a seat wait again, where they stood in line.

    Refused: `cohort_closed`, `session_announced` (a session was announced or has begun).
    """
    return await _view(work, await cancel(work, cohort_id, caller, reason=cancelling.reason))


@router.get("/cohorts")
async def list_cohorts(caller: Staff, work: InWork, page: InPages, site: Word | None = None) -> Cohorts:
    """The cohorts at the caller's sites, the earliest start first."""
    found = await cohorts.listed(work, site, page)
    items = [CohortSummary(**_summary(cohort)) for cohort in found]
    return Cohorts(items=items, next=page.next([cohort.id for cohort in found]))


@router.get("/cohorts/{cohort_id}")
async def show_cohort(cohort_id: UUID, caller: Staff, work: InWork) -> CohortView:
    """One cohort with its seats and its calendar."""
    return await _view(work, await cohorts.get(work, cohort_id))


def _summary(cohort: Cohort) -> dict[str, object]:
    return {name: getattr(cohort, name) for name in CohortSummary.model_fields if name != "cohort_id"} | {
        "cohort_id": cohort.id
    }


async def _view(work: Work, cohort: Cohort) -> CohortView:
    protocol = cohorts.protocol_of(work, cohort)
    seats = [
        SeatView(**asdict(seat) | {"small_group": protocol.cohort.small_group(seat.number)})
        for seat in await seating.seats_of(work, cohort.id)
    ]
    booked = await bookings.sessions_of(work, cohort.id)
    sessions = [SessionView.model_validate(session, from_attributes=True) for session in booked]
    return CohortView.model_validate(_summary(cohort) | {"seats": seats, "sessions": sessions})
