"""Integration circles: who was there, and which missed circle is still owed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.events.base import CorrectedAttendance
from shared.events.scheduler import SessionKind
from shared.projection.calendar import is_news
from shared.protocol.calendar import SessionRules
from shared.refusal import Refused

Status = Literal["expected", "attended", "absent", "left"]
State = Literal["booked", "cancelled", "due", "closed"]


def is_circle(kind: SessionKind) -> bool:
    """Return whether sessions of this kind are this service's."""
    match kind:
        case "circle":
            return True
        case "preparation" | "dose":
            return False


@dataclass(frozen=True)
class Circle:
    """One circle of a cohort; a make-up is a circle of one person and names the item that it makes up."""

    session_id: UUID
    site: str
    cohort_id: UUID
    item: str
    missed_item: str | None
    starts_at: datetime
    ends_at: datetime
    no_show_at: datetime | None
    zone: str
    calendar_revision: int
    protocol_id: str
    protocol_version: str
    protocol_hash: str | None
    state: State

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1))


def rebooked(known: Circle, booked: Circle) -> Circle:
    """Return a circle as it is once this booking, or its cancellation, was heard of."""
    match known.state:
        case "booked" | "cancelled":
            is_due = False
        case "due" | "closed":
            is_due = True
    return booked if is_news(booked.calendar_revision, known.calendar_revision, is_due=is_due) else known


def declared_due(known: Circle | None, due: Circle) -> Circle:
    """Return a circle as it is once it was declared due: as this says, whatever booking is known of it, unless it is
    closed."""
    if known is None:
        return due
    return known if known.state == "closed" else replace(due, calendar_revision=known.calendar_revision)


@dataclass(frozen=True)
class Place:
    """One person's place in a circle."""

    program_id: UUID
    status: Status
    excused: bool
    no_show: bool


@dataclass(frozen=True)
class Past:
    """What became of one person's place, as far as the next dose is concerned."""

    item: str
    missed_item: str | None
    no_show_at: datetime | None
    status: Status


def corrected(status: Status) -> CorrectedAttendance:
    """Return what is told of somebody who is not absent after all; raises ValueError for who is, or has left."""
    match status:
        case "attended" | "expected":
            return status
        case "absent" | "left":
            raise ValueError(f"an absence is not corrected to {status}")


def expected(roster: Iterable[Place]) -> list[UUID]:
    """Return those of whom nothing is known yet, in a stable order."""
    return sorted(place.program_id for place in roster if place.status == "expected")


def attended(roster: Iterable[Place]) -> list[UUID]:
    return sorted(place.program_id for place in roster if place.status == "attended")


def attendance_until(no_show_at: datetime, grace: timedelta, now: datetime) -> datetime:
    """Return when a missing person is absent. A circle that is told late still leaves the grace time."""
    return no_show_at if no_show_at > now else now + grace


def check_attendance(
    circle: Circle, roster: Sequence[Place], present: Collection[UUID], absent: Collection[UUID], now: datetime
) -> None:
    """Refuse attendance that cannot be true. Somebody who is there before the grace time is over is not absent."""
    if circle.state != "due":
        raise Refused("circle_not_due", f"{circle.item} is {circle.state}: attendance is recorded while it is due")
    if present and now < circle.starts_at:
        raise Refused("circle_not_started", f"{circle.item} begins at {circle.starts_at.isoformat()}", field="present")
    if both := set(present) & set(absent):
        raise Refused("present_and_absent", f"{min(both)} is named twice", status=422, field="absent")
    places = {place.program_id: place.status for place in roster}
    for field, status, named in (("present", "attended", present), ("absent", "absent", absent)):
        for program_id in named:
            if program_id not in places:
                raise Refused("not_on_roster", f"{program_id} is not expected here", status=422, field=field)
            comes_after_all = (status, places[program_id]) == ("attended", "absent") and _may_still_come(circle, now)
            if places[program_id] not in ("expected", status) and not comes_after_all:
                raise Refused("already_recorded", f"{program_id} is recorded as {places[program_id]}", field=field)


def _may_still_come(circle: Circle, now: datetime) -> bool:
    """Until the grace time is over the facilitator's word is enough; after it a clinician corrects an absence."""
    return circle.no_show_at is not None and now < circle.no_show_at


def check_correction(circle: Circle, place: Place | None, now: datetime, *, was_there: bool, awaited: bool) -> None:
    """Refuse to take back what is no absence, or to expect somebody whom nobody waits for any more."""
    match circle.state:
        case "cancelled":
            raise Refused("circle_cancelled", f"{circle.item} is not held")
        case "booked" | "due" | "closed":
            pass
    if place is None or place.status != "absent":
        raise Refused("not_absent", "this person is not absent from this circle")
    if was_there and now < circle.starts_at:
        raise Refused("circle_not_started", f"{circle.item} begins at {circle.starts_at.isoformat()}")
    if not was_there and not awaited:
        raise Refused("attendance_settled", "everybody is accounted for: say whether this person was there")


def check_closing(circle: Circle, roster: Iterable[Place]) -> None:
    """Refuse to close a circle that is not due, a second time, or before everybody is accounted for."""
    match circle.state:
        case "booked":
            raise Refused("circle_not_due", f"{circle.item} is booked: it is closed once it was held")
        case "cancelled":
            raise Refused("circle_cancelled", f"{circle.item} is not held")
        case "closed":
            raise Refused("circle_closed", f"{circle.item} is closed already")
        case "due":
            pass
    if missing := expected(roster):
        raise Refused("attendance_missing", "nothing is recorded of " + ", ".join(map(str, missing)))


def owed(rules: SessionRules, past: Iterable[Past], overridden: Collection[str], now: datetime) -> list[str]:
    """Return the circles that hold this person's next dose: missed, not made up, no signed override.

    A circle that nobody recorded by its no-show time counts as missed: not knowing is no clearance.
    """
    if not rules.missed.holds_a_dose:
        return []
    places = list(past)
    settled = {place.missed_item or place.item for place in places if place.status == "attended"} | set(overridden)
    return sorted({place.missed_item or place.item for place in places if _missed(place, now)} - settled)


def _missed(place: Past, now: datetime) -> bool:
    match place.status:
        case "absent":
            return True
        case "expected":
            return place.no_show_at is not None and place.no_show_at <= now
        case "attended" | "left":
            return False
