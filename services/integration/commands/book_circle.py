"""A circle stands in the cohort's calendar, was moved there, or stands there no more."""

from services.integration.domain.circles import Circle, rebooked
from services.integration.storage import circles
from shared.work import Work


async def book_circle(work: Work, booked: Circle) -> None:
    """Keep the newest booking, in whatever order they are heard; one that is due or closed stays as it is."""
    known = await circles.lock(work, booked.session_id)
    wanted = rebooked(known, booked) if known else booked
    if wanted != known:
        await circles.save(work.connection, wanted)
