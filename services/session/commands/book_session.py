"""A session stands in the cohort's calendar, was moved there, or stands there no more."""

from services.session.commands.open_day import owe_attendance_and_closing
from services.session.domain.roster import Session, rebooked
from services.session.storage import sessions
from shared.work import Work


async def book_session(work: Work, booked: Session) -> None:
    """Keep the newest booking, in whatever order they are heard; a session that is due has its deadlines moved."""
    known = await sessions.find_locked(work, booked.id)
    wanted = rebooked(known, booked) if known else booked
    if wanted == known:
        return
    await sessions.save_session(work, wanted)
    if wanted.no_show_at:
        await owe_attendance_and_closing(work, wanted)
