"""A session stands in the cohort's calendar, was moved there, or stands there no more."""

from services.session.domain.roster import Session, rebooked
from services.session.storage import sessions
from shared.work import Work


async def book_session(work: Work, booked: Session) -> None:
    """Keep the newest booking, in whatever order they are heard; one that is due or closed stays as it is."""
    known = await sessions.find_locked(work, booked.id)
    wanted = rebooked(known, booked) if known else booked
    if wanted != known:
        await sessions.save_session(work, wanted)
