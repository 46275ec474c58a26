"""What the commands after a dose begin and end with: a dosed person, and the observations that are owed of them."""

from uuid import UUID

from services.session.commands.owed import owe
from services.session.domain.decision import dosing_of
from services.session.domain.dose import Dose
from services.session.domain.observation import observation_stage
from services.session.domain.roster import (
    Entry,
    Presence,
    Session,
    must_be_dosing,
    must_be_watched,
    must_stand,
)
from services.session.domain.stage import Stage
from services.session.storage import doses, records, sessions
from services.session.storage.sessions import protocol_of
from shared.work import Work


async def watched(work: Work, session_id: UUID, program_id: UUID) -> tuple[Session, Entry, Dose]:
    """Lock the session; return it, a person who is dosed there and not discharged, and their dose.

    Refused: `session_cancelled`, `session_closed`, `session_not_due`, `not_a_dosing_session`, `not_arrived`,
    `not_dosed`, `already_…`.
    """
    kept = await sessions.lock_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, program_id)
    must_be_watched(kept, entry)
    must_be_dosing(kept)
    must_stand(entry, Presence.DOSED)
    return kept, entry, (await doses.doses_in(work, session_id))[program_id]


async def owe_observations(work: Work, kept: Session, dose: Dose) -> None:
    """Owe observations from the dose on, until the discharge."""
    stage = await stage_of_observations(work, kept, dose)
    await owe(work, kept, "observations", dose.item, stage, program_id=dose.program_id)


async def stage_of_observations(work: Work, kept: Session, dose: Dose) -> Stage:
    """Return where a dosed person's observations stand; the discharge is owed by the session's own closing time."""
    protocol = protocol_of(work, kept)
    dosing = dosing_of(protocol)
    leave_by = max(
        kept.ends_at + protocol.rules_for(kept.kind).close_within.value,
        dose.administered_at + dosing.discharge.not_before.value,
    )
    recorded = await records.recorded_offsets(work, kept.id, dose.program_id)
    return observation_stage(dosing, dose.administered_at, recorded.get(dose.program_id, set()), leave_by, work.now)
