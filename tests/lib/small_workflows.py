"""Two workflows that say whether a Temporal server works; alone in a file, so that the sandbox loads nothing else."""

from datetime import timedelta

from temporalio import workflow


@workflow.defn
class WaitsForALetter:
    """Ends with the text of its one signal."""

    def __init__(self) -> None:
        self._email = ""

    @workflow.signal
    def deliver(self, email: str) -> None:
        self._email = email

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: bool(self._email))
        return self._email


@workflow.defn
class SleepsAWeek:
    """Ends after seven days."""

    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(timedelta(days=7))
        return "rested"
