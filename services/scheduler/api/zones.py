"""Zone truth: what newer zone data changes in booked calendars, as a diff that staff confirm."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import tzdata
from pydantic import BaseModel

from services.scheduler.api.cohorts import Staff
from services.scheduler.api.signing import content_hash
from services.scheduler.commands.replan_calendar import replan
from services.scheduler.domain.replan import Move, moves
from services.scheduler.storage import bookings, cohorts
from services.scheduler.storage.cohorts import Cohort
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.refusal import Refused
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["zones"])
Coordinator = Annotated[Principal, allow("coordinator")]
Moved = list[tuple[Cohort, tuple[Move, ...]]]


class MovedSession(BaseModel):
    """A session as it is booked, and where its time on the wall lies by the zone data of now."""

    item: str
    booked: datetime
    planned: datetime


class MovedCalendar(BaseModel):
    cohort_id: UUID
    site: str
    zone: str
    calendar_revision: int
    sessions: list[MovedSession]


class Replan(BaseModel):
    """Every open cohort whose calendar is not where its wall clocks say. `content_hash` is what is confirmed."""

    tzdata: str
    calendars: list[MovedCalendar]
    content_hash: str = ""


class Confirmation(RequestBody):
    content_hash: str


@router.get("/calendars/replan")
async def show_replan(caller: Staff, work: InWork) -> Replan:
    """What the installed zone data would move, at the caller's sites. Changes nothing."""
    return _shown(await _moves(work))


@router.post("/calendars/replan")
async def apply_replan(confirmed: Confirmation, caller: Coordinator, work: InWork) -> Replan:
    """Move what was shown: the times on the wall stay, the instants follow. Refused when it is no longer the same."""
    found = await _moves(work, lock=True)
    shown = _shown(found)
    if shown.content_hash != confirmed.content_hash:
        raise Refused("stale", "the calendars are not as they were shown: look again", field="content_hash")
    for cohort, moved in found:
        await replan(work, cohort, moved)
    return shown


async def _moves(work: Work, *, lock: bool = False) -> Moved:
    found = []
    for one in await cohorts.listed(work):
        if one.closed_at is None:
            cohort = await cohorts.get(work, one.id, lock=True) if lock else one
            fixed = {s.item for s in await bookings.sessions_of(work, cohort.id) if s.is_fixed(work.now)}
            protocol = cohorts.protocol_of(work, cohort)
            if moved := moves(protocol, await bookings.calendar(work, cohort), fixed):
                found.append((cohort, moved))
    return found


def _shown(found: Moved) -> Replan:
    calendars = [
        MovedCalendar(
            cohort_id=cohort.id,
            site=cohort.site,
            zone=cohort.zone,
            calendar_revision=cohort.calendar_revision,
            sessions=[
                MovedSession(item=m.booked.item, booked=m.booked.starts_at, planned=m.planned.starts_at) for m in moved
            ],
        )
        for cohort, moved in found
    ]
    shown = Replan(tzdata=tzdata.IANA_VERSION, calendars=calendars)
    return shown.model_copy(update={"content_hash": content_hash(shown)})
