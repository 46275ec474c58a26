"""The clockwork: one durable workflow watches one row and lets its service act when the row's time has come.

The row is the truth. The workflow is nudged with how the row stands, asks the service to advance the row when
something is to be done, and rests until the row's next moment or the next nudge. It can be lost and started again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

ADVANCE_TIMEOUT = timedelta(minutes=12)
"""Longer than a mail server may take to answer (ten minutes, see `clients/smtp.py` of notifications)."""
SIGN_OF_LIFE = timedelta(seconds=30)
"""How long an activity may be silent: one that does not beat must end within it, and one whose process died is tried
again after it."""
ADVANCE_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@dataclass(frozen=True)
class Watched:
    """Which row a workflow watches. Nothing personal: ids travel in plain text."""

    id: UUID
    site: str
    revision: int
    phase: str | None = None


@dataclass(frozen=True)
class Rest:
    """How a row stands at a revision, and when to wake (None = at the next nudge).

    The service answers it when it has acted; a nudge carries it for a row that needs nothing before its next moment.
    `open` is False once nothing is left to watch.
    """

    revision: int
    wake_at: datetime | None = None
    open: bool = True
    phase: str | None = None


class Vigil:
    """The newest revision that a watching workflow was nudged with, and the wait until there is a newer one."""

    def __init__(self, watched: Watched) -> None:
        self.revision = watched.revision
        self.rest: Rest | None = None

    def note(self, revision: int) -> None:
        self.revision = max(self.revision, revision)

    async def until(self, rest: Rest) -> None:
        """Rest until the row's next moment, or until a nudge newer than what was acted on."""
        self.rest = rest
        left = max(rest.wake_at - workflow.now(), timedelta(0)) if rest.wake_at else None
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self.revision > rest.revision, timeout=left)


async def advance(activity: str, watched: Watched) -> Rest:
    """Let the service act on the row; retried until its database answers."""
    rest: Rest = await workflow.execute_activity(
        activity,
        watched,
        result_type=Rest,
        start_to_close_timeout=ADVANCE_TIMEOUT,
        heartbeat_timeout=SIGN_OF_LIFE,
        retry_policy=ADVANCE_RETRY,
    )
    return rest


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """Tell Temporal that an activity is alive while it waits for somebody else."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(SIGN_OF_LIFE.total_seconds() / 3)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


@workflow.defn(name="Obligation")
class ObligationWatch:
    """Watches one open obligation until it is closed: its service acts when the moment comes, and not before.

    Whoever opens, moves or closes an obligation has done all that was to do; a nudge says how the row stands since.
    """

    def __init__(self) -> None:
        self._stands: Rest | None = None

    @workflow.run
    async def run(self, watched: Watched) -> None:
        while (stands := self._stands) is None or stands.open:
            if stands is None or (stands.wake_at and stands.wake_at <= workflow.now()):
                self._note(await advance("advance_obligation", watched))
            else:
                await self._until(stands)

    async def _until(self, stands: Rest) -> None:
        left = stands.wake_at - workflow.now() if stands.wake_at else None
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._stands is not stands, timeout=left)

    def _note(self, rest: Rest) -> None:
        if self._stands is None or rest.revision >= self._stands.revision:
            self._stands = rest

    @workflow.signal
    def nudge(self, stands: Rest) -> None:
        """The row stands so now."""
        self._note(stands)

    @workflow.query
    def resting(self) -> Rest | None:
        """How the row stands, as far as the workflow knows."""
        return self._stands
