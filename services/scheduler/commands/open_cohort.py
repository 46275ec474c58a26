"""A coordinator opens a cohort: its protocol is pinned, its calendar booked, its seats offered along the waitlist."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from services.scheduler.commands import know_version
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.horizon import check_within_reach
from services.scheduler.domain.inputs import with_inputs
from services.scheduler.storage import bookings, cohorts, seating, versions
from services.scheduler.storage.bookings import BookedSession
from services.scheduler.storage.cohorts import Cohort
from shared.events import scheduler as events
from shared.protocol.model import Protocol
from shared.refusal import Refused, no_released_version
from shared.work import Work


@dataclass(frozen=True)
class NewCohort:
    """What a coordinator asks for. Without `version`: the one that the site came to know last."""

    site: str
    protocol_id: str
    version: str | None
    starts_on: date
    starts_at: datetime | None
    capacity: int
    theme: str | None
    inputs: Mapping[str, int]


async def open_cohort(work: Work, new: NewCohort) -> Cohort:
    """Open it and tell everybody of its sessions.

    Refused: `unknown_site`, `unknown_protocol`, `no_released_version`, `group_size`, `starts_on_monday`,
    `starts_in_the_past`, `starts_on_another_day`, `too_far_ahead`, what the inputs lack, and `cohort_exists` when one
    of this protocol and theme starts then.
    """
    if new.site not in work.sites:
        raise Refused("unknown_site", f"there is no site {new.site}", status=422, field="site")
    published = await _published(work, new)
    _check(work, new, published)
    await know_version.use(work, new.site, published)
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
    return await cohorts.touch(work, cohort)


async def _published(work: Work, new: NewCohort) -> Protocol:
    if new.version:
        return versions.published(work, new.protocol_id, new.version)
    try:
        return await _current(work, new.site, new.protocol_id)
    except KeyError as error:
        raise Refused("unknown_protocol", str(error.args[0]), status=422, field="protocol_id") from error


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
