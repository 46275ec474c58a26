"""A session is closed: everyone is accounted for, and what was rendered is told."""

from datetime import timedelta
from uuid import UUID

from services.session.commands.owed import settle
from services.session.domain.roster import (
    Entry,
    Presence,
    Session,
    attended,
    may_close,
    minutes_rendered,
    must_be_open,
    withheld_at_close,
)
from services.session.domain.stage import Stage, overdue_stage
from services.session.storage import sessions
from shared.auth import Principal
from shared.events.session import DoseWithheld, ServiceRendered, SessionClosed
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def close_session(work: Work, session_id: UUID, caller: Principal) -> list[Entry]:
    """Close the session: whoever came and was not dosed is told as withheld. Return the roster as it ends.

    Refused: `session_cancelled`, `session_closed`, `session_not_due`, `session_not_begun`, `still_expected`,
    `not_discharged`.
    """
    kept = await sessions.lock_session(work, session_id)
    must_be_open(kept)
    roster = await sessions.get_roster(work, kept.id)
    may_close(kept, roster, work.now)
    by = caller.subject
    for entry in withheld_at_close(kept, roster):
        await _withhold(work, kept, entry, by)
    ended = await sessions.get_roster(work, kept.id)
    await _tell_rendered(work, kept, ended)
    await sessions.close_session(work, kept.id, by)
    await settle(work, "attendance", str(kept.id), "accounted_for", by)
    await settle(work, "session_close", str(kept.id), "closed", by)
    closed = SessionClosed(session_id=kept.id, cohort_id=kept.cohort_id, item=kept.item)
    await work.emit(closed, site=kept.site)
    return ended


def stage_of_closing(work: Work, kept: Session) -> Stage:
    """Return who owes the closing until when: at once at the session's end where the protocol cannot be read."""
    try:
        within = sessions.protocol_of(work, kept).rules_for(kept.kind).close_within.value
    except ProtocolGone:
        within = timedelta(0)
    return overdue_stage("facilitator", "coordinator", kept.ends_at + within, work.now)


async def _withhold(work: Work, kept: Session, entry: Entry, by: str) -> None:
    await sessions.set_entry(work, entry, Presence.WITHHELD)
    await settle(work, "vitals_repeat", kept.item, "withheld", by, entry.program_id)
    withheld = DoseWithheld(program_id=entry.program_id, session_id=kept.id, item=kept.item)
    await work.emit(withheld, site=kept.site)


async def _tell_rendered(work: Work, kept: Session, roster: list[Entry]) -> None:
    """Tell billing of each service; a withheld dose is none."""
    present = attended(roster)
    for entry in present:
        if entry.state == Presence.WITHHELD:
            continue
        rendered = ServiceRendered(
            program_id=entry.program_id,
            session_id=kept.id,
            item=kept.item,
            service="dosing" if kept.is_dosing else "preparation",
            minutes=minutes_rendered(kept, entry, work.now),
            participants=len(present),
        )
        await work.emit(rendered, site=kept.site)
