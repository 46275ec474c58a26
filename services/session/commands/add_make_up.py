"""One person makes up a missed preparation: a session with a roster of one, due from its booking on."""

from uuid import UUID

from services.session.commands.open_day import owe_attendance_and_closing
from services.session.domain.roster import Session
from services.session.storage import sessions
from shared.work import Work


async def add_make_up(work: Work, make_up: Session, program_id: UUID) -> None:
    """Keep the session and expect the person; nothing when it is known, or was cancelled before it was heard of."""
    if await sessions.find_locked(work, make_up.id):
        return
    await sessions.save_session(work, make_up)
    await sessions.expect(work, make_up, [program_id])
    await owe_attendance_and_closing(work, make_up)
