"""Vital signs are measured again before the dose."""

from uuid import UUID

from services.session.commands.flag_vitals import flag_vitals
from services.session.commands.owed import owe, settle
from services.session.domain.decision import dosing_of
from services.session.domain.roster import Presence, Session, must_be_open, must_stand
from services.session.domain.stage import repeat_stage
from services.session.domain.vitals import Assessment, Repeat, Vitals, assess, flags_before_dose
from services.session.storage import records, sessions
from services.session.storage.sessions import protocol_of
from shared.auth import Principal
from shared.work import Work

BY_RULE = "rule:vitals"


async def record_vitals(
    work: Work, session_id: UUID, program_id: UUID, vitals: Vitals, caller: Principal
) -> Assessment:
    """Keep a measurement (mmHg, /min, /min, %) and return what comes next; after the dose they are observations.

    Refused: `session_cancelled`, `session_closed`, `session_not_due`, `not_arrived`, `already_…`, and
    `protocol_without_dosing` where nobody is dosed.
    """
    kept = await sessions.lock_session(work, session_id)
    must_be_open(kept)
    entry = await sessions.get_entry(work, session_id, program_id)
    must_stand(entry, Presence.ARRIVED)
    return await assess_before_dose(work, kept, entry.program_id, vitals, caller.subject)


async def assess_before_dose(work: Work, kept: Session, program_id: UUID, vitals: Vitals, by: str) -> Assessment:
    """Keep a measurement of somebody who is to be dosed, tell what is outside its limits, owe the next repeat."""
    dosing = dosing_of(protocol_of(work, kept))
    await records.add_vitals(work, kept, program_id, vitals, by)
    await flag_vitals(work, kept, program_id, flags_before_dose(dosing.vitals, vitals))
    assessment = assess(dosing.vitals, dosing.repeats, await records.get_measured(work, kept.id, program_id))
    await _owe_repeat(work, kept, program_id, assessment.repeat)
    return assessment


async def _owe_repeat(work: Work, kept: Session, program_id: UUID, owed: Repeat | None) -> None:
    """Owe the next repeated measurement, or settle it when none is owed any more."""
    if owed:
        stage = repeat_stage(owed, work.now)
        await owe(work, kept, "vitals_repeat", kept.item, stage, program_id=program_id)
    else:
        await settle(work, "vitals_repeat", kept.item, "measured", BY_RULE, program_id)
