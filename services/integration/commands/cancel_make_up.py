"""A make-up circle is not held: nobody is expected, and nothing of it is owed."""

from services.integration.domain.circles import Circle, Place, expected
from services.integration.storage import circles, obligations
from shared.work import Work

BY_CANCELLING = "rule:make_up_cancelled"


async def cancel_make_up(work: Work, make_up: Circle) -> None:
    """Take a make-up out of the calendar with everything that it owed, also when it was not booked here yet."""
    for kind in ("attendance", "circle_close"):
        if owed := await obligations.find(work, kind, str(make_up.session_id)):
            await obligations.close(work, owed, closure="cancelled", closed_by=BY_CANCELLING)
    for program_id in expected(await circles.roster(work.connection, make_up.session_id)):
        place = Place(program_id, "left", excused=False, no_show=False)
        await circles.record(work.connection, make_up.session_id, place, recorded_by=BY_CANCELLING, now=work.now)
    await circles.cancel(work.connection, make_up)
