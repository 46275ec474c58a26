"""Who is in a circle and who is not: recorded by the facilitator, or by the grace time for people who did not come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.integration.commands.correct_absence import take_back_absence
from services.integration.commands.locked import locked_circle
from services.integration.domain.circles import Circle, Place, check_attendance, expected
from services.integration.storage import circles, obligations
from services.integration.storage.pinned import protocol_of
from shared.auth import Principal
from shared.events.integration import AbsenceRecorded, AttendanceRecorded
from shared.obligation import Obligation
from shared.protocol.vocabulary import SessionKind
from shared.work import Work

BY_GRACE = "rule:grace"


@dataclass(frozen=True)
class Absent:
    """A person who did not come; the reason stays in the record and never travels."""

    program_id: UUID
    excused: bool
    reason: str | None


async def record_attendance(
    work: Work,
    session_id: UUID,
    present: Collection[UUID],
    absent: Collection[Absent],
    caller: Principal,
    *,
    checks: Collection[str],
) -> Circle:
    """Record part of the roster, or all of it; attendance is owed no longer when everybody is accounted for.

    Refused: `not_found`, `check_missing`, `circle_not_due`, `circle_not_started`, `present_and_absent`,
    `not_on_roster`, `already_recorded`, and while the circle's protocol cannot be read.
    """
    circle = await locked_circle(work, session_id)
    rules = protocol_of(work, circle).rules_for(SessionKind.CIRCLE)
    if present:
        rules.require_checks(checks)
    roster = await circles.roster(work.connection, session_id)
    missing = {person.program_id: person for person in absent}
    check_attendance(circle, roster, present, list(missing), work.now)
    was = {place.program_id: place.status for place in roster}
    there = [Place(id, "attended", excused=False, no_show=False) for id in sorted(set(present))]
    for place in there:
        if was[place.program_id] == "absent":
            await take_back_absence(work, circle, place, caller)
    came: list[tuple[Place, str | None]] = [(place, None) for place in there]
    away = [(Place(a.program_id, "absent", excused=a.excused, no_show=False), a.reason) for a in missing.values()]
    await _record(work, circle, [*came, *away], caller.subject)
    await settle_attendance(work, session_id, closure="recorded", closed_by=caller.subject)
    return circle


async def record_no_shows(work: Work, obligation: Obligation) -> None:
    """Record as absent whoever is not recorded when the grace time is over (protocol: `grace` of circles)."""
    session_id = UUID(obligation.item)
    circle = await locked_circle(work, session_id)
    protocol_of(work, circle)  # while it cannot be read attendance is refused: nobody is absent for that
    missing = expected(await circles.roster(work.connection, session_id))
    no_shows = [(Place(program_id, "absent", excused=False, no_show=True), None) for program_id in missing]
    await _record(work, circle, no_shows, BY_GRACE)
    await obligations.close(work, obligation, closure="no_show", closed_by=BY_GRACE)


async def settle_attendance(work: Work, session_id: UUID, *, closure: str, closed_by: str) -> None:
    """Close what is owed of a circle's attendance once everybody is accounted for."""
    owed = await obligations.find(work, "attendance", str(session_id))
    if owed and not expected(await circles.roster(work.connection, session_id)):
        await obligations.close(work, owed, closure=closure, closed_by=closed_by)


async def _record(work: Work, circle: Circle, places: Sequence[tuple[Place, str | None]], recorded_by: str) -> None:
    """Record people with their reasons, and tell of each of them once."""
    for place, reason in sorted(places, key=lambda entry: entry[0].program_id):
        first = await circles.record(
            work.connection, circle.session_id, place, reason=reason, recorded_by=recorded_by, now=work.now
        )
        if first:
            await _tell(work, circle, place)


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
