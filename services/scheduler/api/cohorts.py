"""Cohorts: opened by a coordinator, with a calendar from their protocol."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from services.scheduler.api.fields import Day, Instant, Prose, Word
from services.scheduler.commands.cancel_cohort import cancel
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.horizon import check_within_reach
from services.scheduler.storage import bookings, cohorts, seating, versions
from services.scheduler.storage.bookings import BookedSession
from services.scheduler.storage.cohorts import Cohort
from shared.auth import Principal
from shared.events import scheduler as events
from shared.fields import Name
from shared.http import InWork, Router, allow, own_site
from shared.paging import InPages, Paged
from shared.protocol.model import Protocol
from shared.refusal import Refused, no_released_version
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["cohorts"])
Coordinator = Annotated[Principal, allow("coordinator")]
Staff = Annotated[Principal, allow("coordinator", "facilitator", "prescriber", "clinician", "auditor")]


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
    """Why a cohort is cancelled. The reason stays with the facts; it is told to nobody."""

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
    if new.site not in work.sites:
        raise Refused("unknown_site", f"there is no site {new.site}", status=422, field="site")
    published = await _published(work, new)
    _check(work, new, published)
    await versions.use(work, new.site, published)
    cohort, sessions = _plan(work, new, published, with_inputs(new.inputs, published))
    if existing := await cohorts.same(work, cohort):
        detail = f"cohort {existing.id} starts then: a second group on that day needs a theme of its own"
        raise Refused("cohort_exists", detail, field="starts_on")
    await cohorts.create(work, cohort)
    await seating.provide(work, cohort)
    await bookings.book(work, cohort, sessions)
    opened = events.CohortOpened(cohort_id=cohort.id, protocol=cohort.pin, starts_on=cohort.starts_on, zone=cohort.zone)
    await work.emit(opened, site=cohort.site)
    for session in sessions:
        await work.emit(bookings.told(events.SessionBooked, cohort, session), site=cohort.site)
    await cohorts.touch(work, cohort)
    return await _view(work, cohort)


async def _published(work: Work, new: NewCohort) -> Protocol:
    field = "version" if new.version else "protocol_id"
    try:
        if new.version:
            return work.protocols.published(new.protocol_id, new.version)
        return await _current(work, new.site, new.protocol_id)
    except KeyError as error:
        raise Refused("unknown_protocol", str(error.args[0]), status=422, field=field) from error


async def _current(work: Work, site: str, protocol_id: str) -> Protocol:
    """Return the version that the site came to know last, or the only one there is; KeyError without the protocol.

    Refused (`no_released_version`) when there are several and none is signed here: the newest file is no decision.
    """
    if newest := await versions.newest(work, site, protocol_id):
        return work.protocols.published(protocol_id, newest[0])
    if only := work.protocols.only(protocol_id):
        return only
    raise no_released_version(site, protocol_id)


def _check(work: Work, new: NewCohort, published: Protocol) -> None:
    published.require_decided()
    if published.cohort.starts_on_monday and new.starts_on.weekday() != 0:
        raise Refused("starts_on_monday", f"{new.starts_on} is not a Monday", status=422, field="starts_on")
    size = published.cohort.decided_size
    if not size.minimum <= new.capacity <= size.maximum:
        range_ = f"{size.minimum} to {size.maximum}"
        raise Refused("group_size", f"a group of {published.id} has {range_} seats", status=422, field="capacity")
    zone = ZoneInfo(work.sites[new.site].zone)
    if new.starts_on < work.now.astimezone(zone).date():
        raise Refused("starts_in_the_past", f"{new.starts_on} is over", status=422, field="starts_on")
    if new.starts_at and new.starts_at.astimezone(zone).date() != new.starts_on:
        detail = f"{new.starts_at} is not on {new.starts_on} there"
        raise Refused("starts_on_another_day", detail, status=422, field="starts_at")
    begins = datetime.combine(new.starts_on, time(), zone)
    check_within_reach(work.sites[new.site], begins, work.now, field="starts_on")


def with_inputs(inputs: Mapping[str, int], published: Protocol) -> Protocol:
    """The protocol with a cohort's inputs in place; refused when one lacks, is unknown or impossible."""
    lacking = [wanted.key for wanted in published.missing_inputs(inputs)]
    if lacking:
        raise Refused("missing_input", f"the protocol needs: {', '.join(lacking)}", status=422, field="inputs")
    unknown = sorted(set(inputs) - {wanted.key for wanted in published.inputs})
    if unknown:
        detail = f"the protocol asks for no {', '.join(unknown)}"
        raise Refused("unknown_input", detail, status=422, field="inputs")
    if not published.inputs:
        return published
    try:
        return published.with_inputs(inputs)
    except ValueError as error:
        raise Refused(
            "impossible_input", f"no calendar can be made of this: {error}", status=422, field="inputs"
        ) from error


def _plan(work: Work, new: NewCohort, published: Protocol, protocol: Protocol) -> tuple[Cohort, list[BookedSession]]:
    zone = work.sites[new.site].zone
    calendar = Calendar.plan(protocol, new.starts_on, ZoneInfo(zone), new.starts_at)
    cohort = Cohort(
        id=uuid7(),
        site=new.site,
        protocol_id=published.id,
        protocol_version=published.version,
        protocol_hash=published.content_hash,
        inputs=dict(new.inputs),
        theme=new.theme,
        capacity=new.capacity,
        starts_on=new.starts_on,
        starts_at=calendar.starts_at,
        zone=zone,
        calendar_revision=1,
        revision=0,
        closed_at=None,
    )
    sessions = [
        BookedSession(s.item, s.kind, s.starts_at, s.ends_at, session_id=uuid7(), revision=1, announced_at=None)
        for s in calendar.sessions.values()
    ]
    return cohort, sessions


@router.post("/cohorts/{cohort_id}/cancel")
async def cancel_cohort(
    cohort_id: UUID, cancelling: CohortCancellation, caller: Coordinator, work: InWork
) -> CohortView:
    """Cancel a cohort before anybody is on their way to it: whoever had a seat waits again, where they stood in line.

    Refused: `cohort_closed`, `session_announced` (a session was announced or has begun).
    """
    cohort = await cohorts.get(work, cohort_id, lock=True)
    if cohort.closed_at is not None:
        raise Refused("cohort_closed", "the cohort is cancelled, or everybody of it is through")
    near = next((one for one in await bookings.sessions_of(work, cohort.id) if one.is_fixed(work.now)), None)
    if near or cohort.starts_at <= work.now:
        detail = f"{near.item if near else 'the program'} was announced or has begun: people are on their way"
        raise Refused("session_announced", detail)
    return await _view(work, await cancel(work, cohort, caller.subject, caller.role, cancelling.reason))


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
