"""What happens when the moment of something that session owes has come: it is closed, or becomes somebody else's."""

from services.session.activities.attendance import end_attendance
from services.session.activities.closing import chase_closing
from services.session.activities.monitoring import chase_observations, chase_repeat, chase_suicidality
from services.session.activities.move_substance import DISCREPANCY
from services.session.activities.owed import move
from services.session.domain.stage import overdue_stage
from shared.obligation import Obligation, Rule
from shared.work import Work


async def chase_recount(work: Work, obligation: Obligation) -> None:
    """Rule of `substance_discrepancy`: past its deadline the clinician sees to it."""
    await move(work, obligation, overdue_stage("prescriber", "clinician", obligation.deadline, work.now))


RULES: dict[str, Rule] = {
    "attendance": end_attendance,
    "session_close": chase_closing,
    "vitals_repeat": chase_repeat,
    "observations": chase_observations,
    "suicidality": chase_suicidality,
    DISCREPANCY: chase_recount,
}
