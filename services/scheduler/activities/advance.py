"""What the workflows of programs and cohorts call when a moment has come, or a change needs its own transaction."""

from temporalio import activity

from services.scheduler.commands import advance_cohort, advance_program
from services.scheduler.steps import ADVANCE_COHORT, ADVANCE_PROGRAM
from services.scheduler.storage import programs
from shared.watch import WakePlan, Watched
from shared.work import OpenWork


class Advance:
    """Each activity draws what follows at this moment, and returns when to look again."""

    def __init__(self, open_work: OpenWork) -> None:
        self._open_work = open_work

    @activity.defn(name=ADVANCE_PROGRAM)
    async def program(self, watched: Watched) -> WakePlan:
        """Draw a program's consequences; then tell the cohorts that it concerns."""
        async with self._open_work([watched.site]) as work:
            advanced = await advance_program.advance(work, watched.id)
            if not advanced.concerns_cohorts:
                await work.settle(programs.workflow_id(watched.id))
        if advanced.concerns_cohorts:
            async with self._open_work([watched.site]) as work:
                await advance_program.tell_cohorts(work, advanced.program)
        return advanced.plan

    @activity.defn(name=ADVANCE_COHORT)
    async def cohort(self, watched: Watched) -> WakePlan:
        """Draw a cohort's consequences."""
        async with self._open_work([watched.site]) as work:
            return await advance_cohort.advance(work, watched.id)
