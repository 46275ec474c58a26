"""The grace time of a session is over: anyone who is still expected is a no-show."""

from services.session.commands.owed import session_of
from services.session.commands.record_absence import keep_absence
from services.session.domain.roster import no_shows
from services.session.storage import obligations, sessions
from shared.obligation import Obligation
from shared.work import Work

BY_RULE = "rule:no_show"


async def mark_no_shows(work: Work, obligation: Obligation) -> None:
    """Rule of `attendance`: end it, and record as absent whoever has not come."""
    # An obligation's row is held here already. Requests lock the session first: this gives way to them.
    kept = await sessions.lock_session(work, session_of(obligation), wait=False)
    sessions.protocol_of(work, kept)  # while it cannot be read arrivals are refused: nobody is absent for that
    for entry in no_shows(await sessions.get_roster(work, kept.id)):
        await keep_absence(work, kept, entry, excused=False, no_show=True, reason=None, by=BY_RULE)
    await obligations.close(work, obligation, closure="grace_over", closed_by=BY_RULE)
