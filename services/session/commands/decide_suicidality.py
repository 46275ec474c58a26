"""A clinician decides, signed, on a moderate or high screener at check-in."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from services.session.commands.signing import Signing, signed
from services.session.domain.roster import Presence
from services.session.storage import obligations, records, sessions
from shared.auth import Principal
from shared.events.session import RiskClosed
from shared.refusal import not_found
from shared.work import Work

Choice = Literal["safe_to_continue", "sent_to_care"]


async def decide_suicidality(
    work: Work,
    session_id: UUID,
    program_id: UUID,
    choice: Choice,
    reason: str,
    *,
    signing: Signing,
    content: Mapping[str, Any],
    caller: Principal,
) -> Presence:
    """Close the task, so that no later dose waits for it; return where the person stands in the session.

    `content`: what was signed, as the signer sent it. Refused as not found when no such decision is owed.
    """
    kept = await sessions.lock_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, program_id)
    owed = await obligations.find(work, "suicidality", kept.item, entry.program_id)
    if owed is None:
        raise not_found("open suicidality task of this participant", program_id)
    signature = signed(work, caller, signing, {**content, "session_id": str(kept.id), "item": kept.item})
    await records.add_suicidality_decision(work, kept, entry.program_id, choice, reason, signature)
    await obligations.close(work, owed, closure=choice, closed_by=caller.subject)
    await work.emit(RiskClosed(program_id=entry.program_id, session_id=kept.id, item=kept.item), site=kept.site)
    return entry.state
