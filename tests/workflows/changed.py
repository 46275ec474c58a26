"""Workflows as somebody might carelessly change them; in a file of their own, so that no worker takes them."""

from datetime import timedelta

from temporalio import workflow

from services.scheduler.workflows import ParticipantProgram
from shared.watch import Rest, Watched, advance

A_MOMENT = timedelta(milliseconds=50)


@workflow.defn(name="Obligation")
class HastyWatch:
    """Sleeps before it acts."""

    @workflow.run
    async def run(self, watched: Watched) -> None:
        await workflow.sleep(timedelta(seconds=1))
        await advance("advance_obligation", watched)

    @workflow.signal
    def nudge(self, stands: Rest) -> None:
        """Takes no note."""


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
