"""A session begins soon: the roster is made, and what the day owes is owed from now on."""

from collections.abc import Iterable
from uuid import UUID

from services.session.commands.close_session import stage_of_closing
from services.session.commands.owed import owe
from services.session.domain.roster import Session, declared_due
from services.session.domain.stage import Stage
from services.session.storage import sessions
from shared.work import Work


async def open_day(work: Work, due: Session, expected: Iterable[UUID]) -> None:
    """Keep the session as due, and expect these people; nothing when it is closed already."""
    opened = declared_due(await sessions.find_locked(work, due.id), due)
    if opened.closed_at:
        return
    await sessions.save_session(work, opened)
    await sessions.expect(work, opened, expected)
    await owe_attendance_and_closing(work, opened)


async def owe_attendance_and_closing(work: Work, kept: Session) -> None:
    """Owe the attendance until the grace time is over, and the closing until its own deadline."""
    assert kept.no_show_at is not None
    attendance = Stage("open", "facilitator", kept.no_show_at, kept.no_show_at)
    await owe(work, kept, "attendance", str(kept.id), attendance)
    await owe(work, kept, "session_close", str(kept.id), stage_of_closing(work, kept))
