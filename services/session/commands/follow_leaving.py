"""A person leaves the program, or is on the path again: who is expected where."""

from uuid import UUID

from services.session.commands.attendance import is_awaited, settle_attendance
from services.session.commands.owed import settle
from services.session.domain.roster import Presence, removed_when_leaving
from services.session.storage import sessions
from shared.events.scheduler import State
from shared.work import Work

BY_RULE = "rule:program_left"


async def leave_rosters(work: Work, program_id: UUID, left_as: State) -> None:
    """Expect the person nowhere, and owe nothing of them; whoever is here today is still seen home."""
    for session_id in await sessions.open_sessions_of(work, program_id):
        kept = await sessions.lock_session(work, session_id)
        entry = await sessions.get_entry(work, session_id, program_id)
        if removed_when_leaving(left_as, entry.state):
            await sessions.set_entry(work, entry, Presence.REMOVED, recorded_by=BY_RULE)
            for kind in ("vitals_repeat", "observations", "suicidality"):
                await settle(work, kind, kept.item, "program_closed", BY_RULE, program_id)
            await settle_attendance(work, kept, BY_RULE)


async def return_to_rosters(work: Work, program_id: UUID) -> None:
    """Expect somebody again who had left, where people are still waited for."""
    for session_id in await sessions.open_sessions_of(work, program_id):
        kept = await sessions.lock_session(work, session_id)
        entry = await sessions.get_entry(work, session_id, program_id)
        if await sessions.was_removed(work, entry, BY_RULE) and await is_awaited(work, kept):
            await sessions.set_entry(work, entry, Presence.EXPECTED, recorded_by=None)
