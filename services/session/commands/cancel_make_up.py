"""A make-up is not held: its person is expected no more, and nothing of that day is owed."""

from dataclasses import replace

from services.session.commands.owed import settle
from services.session.domain.roster import Presence, Session, no_shows
from services.session.storage import sessions
from shared.work import Work

BY_RULE = "rule:make_up_cancelled"


async def cancel_make_up(work: Work, make_up: Session) -> None:
    """Cancel it, also when its booking was not heard yet; nothing when it is closed already."""
    known = await sessions.find_locked(work, make_up.id)
    if known and known.closed_at:
        return
    await sessions.save_session(work, replace(known or make_up, cancelled=True))
    for entry in no_shows(await sessions.get_roster(work, make_up.id)):
        await sessions.set_entry(work, entry, Presence.REMOVED, recorded_by=BY_RULE)
    for kind in ("attendance", "session_close"):
        await settle(work, kind, str(make_up.id), "cancelled", BY_RULE)
