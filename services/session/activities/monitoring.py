"""Watching over one person on the day: repeated measurements, observations after the dose, signs of suicidality."""

from uuid import UUID

from services.session.activities.owed import move, owe, session_of, settle
from services.session.domain.checklist import SIGNALS, Checklist
from services.session.domain.decision import dosing_of
from services.session.domain.dose import Dose
from services.session.domain.observation import observation_stage
from services.session.domain.roster import Entry, Presence, Session
from services.session.domain.signature import Signed
from services.session.domain.stage import Stage, overdue_stage, repeat_stage
from services.session.domain.vitals import Flag, Repeat, repeat_owed, told_as
from services.session.storage import doses, obligations, records, sessions
from services.session.storage.sessions import protocol_of
from shared.events.session import DischargeCorrected, RiskRaised, VitalsFlagged
from shared.obligation import Obligation
from shared.protocol.vocabulary import RiskLevel
from shared.work import Work

BY_RULE = "rule:vitals"


async def tell_flags(work: Work, kept: Session, program_id: UUID, flags: tuple[Flag, ...]) -> None:
    """Tell that a measurement is outside its limits: the severest level, never the values."""
    if level := told_as(flags):
        flagged = VitalsFlagged(program_id=program_id, session_id=kept.id, item=kept.item, level=level)
        await work.emit(flagged, site=kept.site)


async def owe_repeat(work: Work, kept: Session, program_id: UUID) -> Repeat | None:
    """Owe the next repeated measurement, or settle it when none is owed any more."""
    dosing = dosing_of(protocol_of(work, kept))
    measured = await records.get_measured(work, kept.id, program_id)
    owed = repeat_owed(dosing.vitals, dosing.repeats, measured)
    if owed:
        stage = repeat_stage(owed, work.now)
        await owe(work, kept, "vitals_repeat", kept.item, stage, program_id=program_id)
    else:
        await settle(work, "vitals_repeat", kept.item, "measured", BY_RULE, program_id)
    return owed


async def chase_repeat(work: Work, obligation: Obligation) -> None:
    """Rule of `vitals_repeat`: the rest is over, or the repeat is overdue."""
    assert obligation.program_id is not None
    kept = await sessions.get_session(work, session_of(obligation))
    dosing = dosing_of(protocol_of(work, kept))
    measured = await records.get_measured(work, kept.id, obligation.program_id)
    owed = repeat_owed(dosing.vitals, dosing.repeats, measured)
    if owed is None:
        await obligations.close(work, obligation, closure="measured", closed_by=BY_RULE)
    else:
        await move(work, obligation, repeat_stage(owed, work.now))


async def stage_of_observations(work: Work, kept: Session, dose: Dose) -> Stage:
    """Where a dosed person's observations stand; the discharge is owed by the session's own closing time."""
    protocol = protocol_of(work, kept)
    dosing = dosing_of(protocol)
    leave_by = max(
        kept.ends_at + protocol.rules_for(kept.kind).close_within.value,
        dose.administered_at + dosing.discharge.not_before.value,
    )
    recorded = await records.recorded_offsets(work, kept.id, dose.program_id)
    return observation_stage(dosing, dose.administered_at, recorded.get(dose.program_id, set()), leave_by, work.now)


async def owe_observations(work: Work, kept: Session, dose: Dose) -> None:
    """Observations are owed from the dose on, until the discharge."""
    stage = await stage_of_observations(work, kept, dose)
    await owe(work, kept, "observations", dose.item, stage, program_id=dose.program_id)


async def take_discharge_back(work: Work, kept: Session, entry: Entry, reason: str, signed: Signed) -> None:
    """Watch somebody again who was discharged by mistake: what the discharge had ended is owed from now on."""
    await records.add_discharge_correction(work, kept, entry, reason, signed)
    await sessions.set_entry(work, entry, Presence.DOSED, discharged_at=None)
    given = (await doses.doses_in(work, kept.id))[entry.program_id]
    stage = await stage_of_observations(work, kept, given)
    for owed in await obligations.closed_as(work, "discharged", program_id=entry.program_id, kind="observations"):
        if owed.item == given.item:
            await obligations.reopen(work, owed, deadline=stage.deadline, wake_at=stage.wake_at)
    await owe_observations(work, kept, given)
    corrected = DischargeCorrected(program_id=entry.program_id, session_id=kept.id, item=kept.item)
    await work.emit(corrected, site=kept.site)


async def chase_observations(work: Work, obligation: Obligation) -> None:
    """Rule of `observations`: the next one is due, one is overdue, or the discharge is owed."""
    assert obligation.program_id is not None
    kept = await sessions.get_session(work, session_of(obligation))
    given = (await doses.doses_in(work, kept.id))[obligation.program_id]
    await move(work, obligation, await stage_of_observations(work, kept, given))


async def owe_suicidality(work: Work, kept: Session, program_id: UUID, checklist: Checklist) -> None:
    """Owe a clinician's decision on a C-SSRS screener of moderate or high, within the protocol's time.

    Every dose waits for it, here and by integration's clearance; where the protocol says so (high), somebody is paged.
    """
    if checklist.c_ssrs in SIGNALS:
        response = protocol_of(work, kept).risk_response(RiskLevel(checklist.c_ssrs))
        deadline = work.now + response.task_within
        stage = overdue_stage("clinician", "prescriber", deadline, work.now)
        await owe(work, kept, "suicidality", kept.item, stage, program_id=program_id)
        raised = RiskRaised(program_id=program_id, session_id=kept.id, item=kept.item, page=response.page)
        await work.emit(raised, site=kept.site)


async def chase_suicidality(work: Work, obligation: Obligation) -> None:
    """Rule of `suicidality`: past its deadline the prescriber sees to it."""
    await move(work, obligation, overdue_stage("clinician", "prescriber", obligation.deadline, work.now))
