"""An obligation's watch as somebody might carelessly change it; in a file of its own, so that no worker takes it."""

from datetime import timedelta

from temporalio import workflow

from shared.watch import Rest, Watched, advance


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
