"""The two workflows: one carries a participant through the program, one carries a cohort."""

from temporalio import workflow
from temporalio.workflow import ContinueAsNewVersioningBehavior

from services.scheduler.domain.standing import PHASES
from services.scheduler.steps import ADVANCE_COHORT, ADVANCE_PROGRAM
from shared.watch import PendingRevision, WakePlan, Watched, advance


@workflow.defn
class ParticipantProgram:
    """Carries one participant from referral to follow-up.

    Facts in PostgreSQL are the truth; this waits until something is due or a fact is new, and lets the
    scheduler act. It continues as new at each phase, on the build that has the place by then; a program can be lost
    and started again anywhere.
    """

    @workflow.init
    def __init__(self, program: Watched) -> None:
        self._pending = PendingRevision(program)
        self._phase = program.phase or PHASES[0]

    @workflow.run
    async def run(self, program: Watched) -> None:
        await self._carry_through("screening", program)
        await self._carry_through("cohort_assignment", program)
        await self._carry_through("preparation", program)
        await self._carry_through("dosing", program)
        await self._carry_through("integration", program)
        await self._carry_through("follow_up", program)
        await self._carry_through("closed", program)

    async def _carry_through(self, phase: str, program: Watched) -> None:
        """Do what is due until the program is past this phase; nothing if it is past it already."""
        while self._phase == phase:
            plan = await advance(ADVANCE_PROGRAM, program)
            if not plan.open and self._pending.revision <= plan.revision:
                self._phase = "over"
            elif plan.phase != phase:
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(
                    Watched(program.id, program.site, self._pending.revision, plan.phase),
                    initial_versioning_behavior=ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
                )
            else:
                await self._pending.until(plan)

    @workflow.signal
    def nudge(self, plan: WakePlan) -> None:
        """Hear that the program has a fact with this revision."""
        self._pending.note(plan.revision)

    @workflow.query
    def resting(self) -> WakePlan | None:
        """Return what the workflow rests on; None before its first rest."""
        return self._pending.plan


@workflow.defn
class CohortProgram:
    """Carries one cohort: seats are offered until they close, sessions are announced, the last one closes it."""

    @workflow.init
    def __init__(self, cohort: Watched) -> None:
        self._pending = PendingRevision(cohort)

    @workflow.run
    async def run(self, cohort: Watched) -> None:
        while (plan := await advance(ADVANCE_COHORT, cohort)).open or self._pending.revision > plan.revision:
            await self._pending.until(plan)

    @workflow.signal
    def nudge(self, plan: WakePlan) -> None:
        """Hear that the cohort, its seats or its waitlist changed."""
        self._pending.note(plan.revision)

    @workflow.query
    def resting(self) -> WakePlan | None:
        """Return what the workflow rests on; None before its first rest."""
        return self._pending.plan
