"""An absence from a circle was told by mistake: the person was there, or is expected again."""

from uuid import UUID

from services.integration.commands.locked import locked_circle
from services.integration.domain.circles import Circle, Place, Status, check_correction, corrected
from services.integration.storage import circles, obligations
from shared.auth import Principal
from shared.events.integration import AttendanceCorrected, AttendanceRecorded
from shared.work import Work


async def correct_absence(
    work: Work, session_id: UUID, program_id: UUID, caller: Principal, *, was_there: bool, reason: str, meaning: str
) -> Circle:
    """Sign that the person was not absent.

    Refused: `not_found`, `not_absent`, `circle_not_started`, `attendance_settled`, `circle_cancelled`.
    """
    circle = await locked_circle(work, session_id)
    places = await circles.roster(work.connection, session_id)
    place = next((one for one in places if one.program_id == program_id), None)
    check_correction(circle, place, work.now, was_there=was_there, awaited=await is_awaited(work, session_id))
    status: Status = "attended" if was_there else "expected"
    now = Place(program_id, status, excused=False, no_show=False)
    await take_back_absence(work, circle, now, caller, reason=reason, meaning=meaning)
    return circle


async def take_back_absence(
    work: Work, circle: Circle, place: Place, by: Principal, *, reason: str | None = None, meaning: str | None = None
) -> None:
    """Replace an absence that was told: the earlier line is kept, and everybody who rests on it hears so."""
    if not await circles.correct(work, circle.session_id, place, by.subject, by.role, reason, meaning):
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
    """Return whether attendance is still owed; locks it."""
    return await obligations.find(work, "attendance", str(session_id)) is not None
