"""Circles: announced, recorded, closed; a missing person is absent after the grace time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.integration.domain.circles import (
    Circle,
    Place,
    attendance_until,
    attended,
    check_closing,
    corrected,
    expected,
)
from services.integration.domain.ladder import LOOK_AGAIN
from services.integration.storage import circles
from services.integration.storage.owed import obligations
from services.integration.storage.pinned import protocol_of
from shared.events.integration import (
    AbsenceRecorded,
    AttendanceCorrected,
    AttendanceRecorded,
    CircleClosed,
    ServiceRendered,
)
from shared.obligation import Obligation
from shared.obligation_kinds import Kind
from shared.protocol.library import ProtocolGone
from shared.protocol.vocabulary import SessionKind
from shared.refusal import not_found
from shared.work import Work

BY_GRACE = "rule:grace"
BY_LEAVING = "rule:program_left"
BY_CANCELLING = "rule:make_up_cancelled"
BY_EMPTY_ROSTER = "rule:nobody_expected"


async def announce(work: Work, due: Circle, roster: Iterable[UUID]) -> None:
    """A circle is due: its people are expected, its attendance and its closing are owed."""
    assert due.no_show_at is not None
    grace, close_within = _allowances(work, due)
    await _owe(work, due, "attendance", attendance_until(due.no_show_at, grace, work.now))
    await _owe(work, due, "circle_close", due.ends_at + close_within)
    known = await circles.lock(work, due.session_id)
    if known and known.state == "closed":
        return
    await circles.announce(work.connection, due, roster)
    places = await circles.roster(work.connection, due.session_id)
    if not expected(places) and not any(place.status in ("attended", "absent") for place in places):
        await close(work, due, places, closure="nobody_expected", closed_by=BY_EMPTY_ROSTER)


def _allowances(work: Work, due: Circle) -> tuple[timedelta, timedelta]:
    """Return the grace time and the time to close; none where the protocol cannot be read."""
    try:
        rules = protocol_of(work, due).rules_for(SessionKind.CIRCLE)
    except ProtocolGone:
        return timedelta(0), timedelta(0)
    return rules.grace.value, rules.close_within.value


async def _owe(work: Work, due: Circle, kind: Kind, deadline: datetime) -> None:
    item = str(due.session_id)
    if await obligations.open(work, site=due.site, kind=kind, item=item, owner="facilitator", deadline=deadline):
        return
    owed = await obligations.find(work, kind, item)
    if owed and owed.deadline != deadline:
        await obligations.move(work, owed, wake_at=deadline, deadline=deadline)


async def locked(work: Work, session_id: UUID) -> Circle:
    """The circle, with what is owed of it, locked for a change."""
    await obligations.find(work, "attendance", str(session_id))
    await obligations.find(work, "circle_close", str(session_id))
    circle = await circles.lock(work, session_id)
    if circle is None:
        raise not_found("circle", session_id)
    return circle


async def record(work: Work, circle: Circle, places: Sequence[tuple[Place, str | None]], recorded_by: str) -> None:
    """Record people with their reasons, and tell of each of them once."""
    for place, reason in sorted(places, key=lambda entry: entry[0].program_id):
        first = await circles.record(
            work.connection, circle.session_id, place, reason=reason, recorded_by=recorded_by, now=work.now
        )
        if first:
            await _tell(work, circle, place)


async def take_back(
    work: Work, circle: Circle, place: Place, by: str, role: str, reason: str | None = None, meaning: str | None = None
) -> None:
    """An absence that was told is none: the earlier line is kept, and everybody who rests on it hears so."""
    if not await circles.correct(work, circle.session_id, place, by, role, reason, meaning):
        return
    about = {"program_id": place.program_id, "session_id": circle.session_id, "item": circle.item}
    status = corrected(place.status)
    await work.emit(AttendanceCorrected(**about, status=status), site=circle.site)
    match status:
        case "attended":
            await work.emit(AttendanceRecorded(**about, status=status), site=circle.site)
        case "expected":
            pass


async def is_awaited(work: Work, session_id: UUID) -> bool:
    """Whether attendance is still owed."""
    return await obligations.find(work, "attendance", str(session_id)) is not None


async def settle(work: Work, session_id: UUID, *, closure: str, closed_by: str) -> None:
    """When everybody is accounted for, attendance is no longer owed."""
    owed = await obligations.find(work, "attendance", str(session_id))
    if owed and not expected(await circles.roster(work.connection, session_id)):
        await obligations.close(work, owed, closure=closure, closed_by=closed_by)


async def close(work: Work, circle: Circle, roster: Sequence[Place], *, closure: str, closed_by: str) -> None:
    """Close a circle whose people are all accounted for; what was rendered can be billed."""
    check_closing(circle, roster)
    await circles.close(work.connection, circle.session_id, closed_by, work.now)
    for kind in ("attendance", "circle_close"):
        if owed := await obligations.find(work, kind, str(circle.session_id)):
            await obligations.close(work, owed, closure=closure, closed_by=closed_by)
    present = attended(roster)
    for program_id in present:
        rendered = ServiceRendered(
            program_id=program_id,
            session_id=circle.session_id,
            item=circle.item,
            service="integration_circle",
            minutes=circle.minutes,
            participants=len(present),
        )
        await work.emit(rendered, site=circle.site)
    closed = CircleClosed(session_id=circle.session_id, cohort_id=circle.cohort_id, item=circle.item)
    await work.emit(closed, site=circle.site)


async def leave(work: Work, program_id: UUID) -> None:
    """Nobody waits any more for a person who left; a circle for them alone is closed."""
    for session_id in await circles.expecting(work.connection, program_id):
        circle = await locked(work, session_id)
        place = Place(program_id, "left", excused=False, no_show=False)
        await circles.record(work.connection, session_id, place, recorded_by=BY_LEAVING, now=work.now)
        places = await circles.roster(work.connection, session_id)
        if all(place.status == "left" for place in places):
            await close(work, circle, places, closure="program_closed", closed_by=BY_LEAVING)
        else:
            await settle(work, session_id, closure="program_closed", closed_by=BY_LEAVING)


async def expect_again(work: Work, program_id: UUID) -> None:
    """Somebody who had left is on the path again: they are expected where people are still waited for."""
    for session_id in await circles.left_by_rule(work.connection, program_id, BY_LEAVING):
        await locked(work, session_id)
        if await is_awaited(work, session_id):
            await circles.expect_again(work.connection, session_id, program_id)


async def cancel(work: Work, make_up: Circle) -> None:
    """Take a make-up out of the calendar with everything that it owed, also when it was not booked here yet."""
    for kind in ("attendance", "circle_close"):
        if owed := await obligations.find(work, kind, str(make_up.session_id)):
            await obligations.close(work, owed, closure="cancelled", closed_by=BY_CANCELLING)
    for program_id in expected(await circles.roster(work.connection, make_up.session_id)):
        place = Place(program_id, "left", excused=False, no_show=False)
        await circles.record(work.connection, make_up.session_id, place, recorded_by=BY_CANCELLING, now=work.now)
    await circles.cancel(work.connection, make_up)


async def record_no_shows(work: Work, obligation: Obligation) -> None:
    """Rule `attendance`: whoever is not recorded when the grace time is over did not come."""
    session_id = UUID(obligation.item)
    circle = await locked(work, session_id)
    protocol_of(work, circle)  # while it cannot be read attendance is refused: nobody is absent for that
    missing = expected(await circles.roster(work.connection, session_id))
    no_shows = [(Place(program_id, "absent", excused=False, no_show=True), None) for program_id in missing]
    await record(work, circle, no_shows, BY_GRACE)
    await obligations.close(work, obligation, closure="no_show", closed_by=BY_GRACE)


async def escalate_close(work: Work, obligation: Obligation) -> None:
    """Rule `circle_close`: a circle that stays open past its time is the coordinator's to close."""
    await obligations.move(work, obligation, wake_at=work.now + LOOK_AGAIN, stage="overdue", owner="coordinator")


async def _tell(work: Work, circle: Circle, place: Place) -> None:
    about = {"program_id": place.program_id, "session_id": circle.session_id, "item": circle.item}
    match place.status:
        case "absent":
            absence = AbsenceRecorded(**about, excused=place.excused, no_show=place.no_show)
            await work.emit(absence, site=circle.site)
            await work.emit(AttendanceRecorded(**about, status="absent"), site=circle.site)
        case "attended":
            await work.emit(AttendanceRecorded(**about, status="attended"), site=circle.site)
        case "expected" | "left":
            raise ValueError(f"{place.status} is no attendance to tell of")
