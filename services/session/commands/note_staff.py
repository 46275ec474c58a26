"""Somebody of the staff is on site for a session, in the role of their login."""

from collections.abc import Mapping
from uuid import UUID

from services.session.domain.roster import must_be_open
from services.session.storage import sessions
from shared.auth import Principal
from shared.work import Work


async def note_staff(work: Work, session_id: UUID, caller: Principal) -> Mapping[str, str]:
    """Note that the caller is on site; return role by subject of everybody who is.

    Refused: `session_cancelled`, `session_closed`, `session_not_due`.
    """
    kept = await sessions.lock_session(work, session_id)
    must_be_open(kept)
    await sessions.note_staff(work, kept, {caller.subject: caller.role})
    return await sessions.staff_on_site(work, session_id)
