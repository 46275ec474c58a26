"""A clinician signs that an absence was told by mistake: the person was there, or is expected again."""

from uuid import UUID

from services.session.commands.attendance import is_awaited
from services.session.commands.signing import Signing, signed
from services.session.commands.take_absence_back import take_absence_back
from services.session.domain.roster import Presence, corrected, may_be_corrected
from services.session.storage import sessions
from shared.auth import Principal
from shared.work import Work


async def correct_absence(
    work: Work, session_id: UUID, program_id: UUID, caller: Principal, *, was_there: bool, signing: Signing
) -> Presence:
    """Take the absence back, and return where the person stands from now on.

    Refused: `session_cancelled`, `not_absent`, `session_not_begun`, `attendance_settled`.
    """
    kept = await sessions.lock_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, program_id)
    may_be_corrected(kept, entry, work.now, was_there=was_there, awaited=await is_awaited(work, kept))
    state = corrected(kept, was_there=was_there)
    content = {"session_id": session_id, "program_id": program_id, "was_there": was_there}
    signature = signed(work, caller, signing, content)
    await take_absence_back(work, kept, entry, state, by=caller.subject, role=caller.role, signed=signature)
    return state
