"""What several commands ask of a session's attendance: is anybody awaited still, is everybody accounted for."""

from services.session.commands.owed import settle
from services.session.domain.roster import Session, all_accounted_for
from services.session.storage import obligations, sessions
from shared.work import Work


async def is_awaited(work: Work, kept: Session) -> bool:
    """Return whether somebody still waits for people: the session is not due yet, or its attendance is owed."""
    return kept.no_show_at is None or await obligations.find(work, "attendance", str(kept.id)) is not None


async def settle_attendance(work: Work, kept: Session, by: str) -> None:
    """Close the attendance of a session that is due once everyone is accounted for."""
    if kept.no_show_at and all_accounted_for(await sessions.get_roster(work, kept.id)):
        await settle(work, "attendance", str(kept.id), "accounted_for", by)
