"""Closing a session: everyone is accounted for, and what was rendered is told."""

from datetime import timedelta

from services.session.activities.owed import move, session_of, settle
from services.session.domain.roster import (
    Entry,
    Presence,
    Session,
    attended,
    may_close,
    minutes_rendered,
    withheld_at_close,
)
from services.session.domain.stage import Stage, overdue_stage
from services.session.storage import sessions
from shared.events.session import DoseWithheld, ServiceRendered, SessionClosed
from shared.obligation import Obligation
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def close(work: Work, kept: Session, by: str) -> list[Entry]:
    """Close a session: whoever came and was not dosed is told as withheld. Answers the roster as it ends."""
    roster = await sessions.get_roster(work, kept.id)
    may_close(kept, roster, work.now)
    for entry in withheld_at_close(kept, roster):
        await sessions.set_entry(work, entry, Presence.WITHHELD)
        await settle(work, "vitals_repeat", kept.item, "withheld", by, entry.program_id)
        about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
        await work.emit(DoseWithheld(**about), site=kept.site)
    ended = await sessions.get_roster(work, kept.id)
    await _tell_rendered(work, kept, ended)
    await sessions.close_session(work, kept.id, by)
    await settle(work, "attendance", str(kept.id), "accounted_for", by)
    await settle(work, "session_close", str(kept.id), "closed", by)
    closed = SessionClosed(session_id=kept.id, cohort_id=kept.cohort_id, item=kept.item)
    await work.emit(closed, site=kept.site)
    return ended


async def _tell_rendered(work: Work, kept: Session, roster: list[Entry]) -> None:
    """A withheld dose is no dosing service: it is not told to billing as one."""
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


async def chase_closing(work: Work, obligation: Obligation) -> None:
    """Rule of `session_close`: past its deadline the coordinator sees to it, and is reminded of it daily."""
    kept = await sessions.get_session(work, session_of(obligation))
    await move(work, obligation, stage_of_closing(work, kept))


def stage_of_closing(work: Work, kept: Session) -> Stage:
    """Return who owes the closing until when: at once at the session's end where the protocol cannot be read."""
    try:
        within = sessions.protocol_of(work, kept).rules_for(kept.kind).close_within.value
    except ProtocolGone:
        within = timedelta(0)
    return overdue_stage("facilitator", "coordinator", kept.ends_at + within, work.now)
