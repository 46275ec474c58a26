"""What happens when the moment of something that session owes has come: it is closed, or becomes somebody else's."""

from services.session.commands.after_dose import stage_of_observations
from services.session.commands.close_session import stage_of_closing
from services.session.commands.mark_no_shows import mark_no_shows
from services.session.commands.move_substance import DISCREPANCY
from services.session.commands.owed import move, session_of
from services.session.commands.record_vitals import BY_RULE
from services.session.domain.decision import dosing_of
from services.session.domain.stage import overdue_stage, repeat_stage
from services.session.domain.vitals import repeat_owed
from services.session.storage import doses, obligations, records, sessions
from shared.obligation import Obligation, Rule
from shared.work import Work


async def chase_closing(work: Work, obligation: Obligation) -> None:
    """Rule of `session_close`: past its deadline the coordinator sees to it, and is reminded of it daily."""
    kept = await sessions.get_session(work, session_of(obligation))
    await move(work, obligation, stage_of_closing(work, kept))


async def chase_repeat(work: Work, obligation: Obligation) -> None:
    """Rule of `vitals_repeat`: the rest is over, or the repeat is overdue."""
    assert obligation.program_id is not None
    kept = await sessions.get_session(work, session_of(obligation))
    dosing = dosing_of(sessions.protocol_of(work, kept))
    measured = await records.get_measured(work, kept.id, obligation.program_id)
    owed = repeat_owed(dosing.vitals, dosing.repeats, measured)
    if owed is None:
        await obligations.close(work, obligation, closure="measured", closed_by=BY_RULE)
    else:
        await move(work, obligation, repeat_stage(owed, work.now))


async def chase_observations(work: Work, obligation: Obligation) -> None:
    """Rule of `observations`: the next one is due, one is overdue, or the discharge is owed."""
    assert obligation.program_id is not None
    kept = await sessions.get_session(work, session_of(obligation))
    given = (await doses.doses_in(work, kept.id))[obligation.program_id]
    await move(work, obligation, await stage_of_observations(work, kept, given))


async def chase_suicidality(work: Work, obligation: Obligation) -> None:
    """Rule of `suicidality`: past its deadline the prescriber sees to it."""
    await move(work, obligation, overdue_stage("clinician", "prescriber", obligation.deadline, work.now))


async def chase_recount(work: Work, obligation: Obligation) -> None:
    """Rule of `substance_discrepancy`: past its deadline the clinician sees to it."""
    await move(work, obligation, overdue_stage("prescriber", "clinician", obligation.deadline, work.now))


RULES: dict[str, Rule] = {
    "attendance": mark_no_shows,
    "session_close": chase_closing,
    "vitals_repeat": chase_repeat,
    "observations": chase_observations,
    "suicidality": chase_suicidality,
    DISCREPANCY: chase_recount,
}
