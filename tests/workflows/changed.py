"""Workflows as somebody might carelessly change them, or as they were; in a file of their own: no worker takes them."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

from services.scheduler.workflows import ParticipantProgram
from shared.watch import OBLIGATIONS, ObligationsWatch, SiteWatched, Watched, advance

A_MOMENT = timedelta(milliseconds=50)


@workflow.defn(name=OBLIGATIONS, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class HastyWatch(ObligationsWatch):
    """Watches as ever, and sleeps before it does: what began without that cannot be replayed."""

    @workflow.init
    def __init__(self, watched: SiteWatched) -> None:
        super().__init__(watched)

    @workflow.run
    async def run(self, watched: SiteWatched) -> None:
        await workflow.sleep(A_MOMENT)
        await super().run(watched)


@workflow.defn(name="ParticipantProgram")
class LateProgram(ParticipantProgram):
    """Carries a participant as ever, and sleeps before it does: what began without that cannot be replayed."""

    @workflow.init
    def __init__(self, program: Watched) -> None:
        super().__init__(program)

    @workflow.run
    async def run(self, program: Watched) -> None:
        await workflow.sleep(A_MOMENT)
        await super().run(program)


@workflow.defn(name="Obligation")
class OneObligation:
    """Watches one obligation, as each was watched once."""

    @workflow.run
    async def run(self, watched: Watched) -> None:
        await workflow.sleep(timedelta(days=1))
        await advance("advance_obligation", watched)
