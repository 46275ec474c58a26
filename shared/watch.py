"""Durable workflows watch rows and let their service act when a row's time has come.

Rows are the truth. A workflow is nudged when a row wakes earlier than it knows, or has something new to act on, asks
the service to act when the time has come, and rests until the next moment or nudge. It can be lost and started again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import activity, workflow
from temporalio.common import RetryPolicy, VersioningBehavior
from temporalio.exceptions import ActivityError

ADVANCE_TIMEOUT = timedelta(minutes=12)
"""Longer than a mail server may take to answer (ten minutes, see `clients/smtp.py` of notifications)."""
SIGN_OF_LIFE = timedelta(seconds=30)
"""How long an activity may be silent: one that does not beat must end within it, and one whose process died is tried
again after it."""
ADVANCE_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
OBLIGATION_RETRY = replace(ADVANCE_RETRY, maximum_attempts=10)
"""About five minutes of trying. Then the watch tries again by itself, so that it may continue as new in between."""
FAILED_AGAIN = timedelta(minutes=1)
LOOK_TIMEOUT, LOOK_SIGN_OF_LIFE = timedelta(minutes=2), timedelta(seconds=5)
"""A site waits for its look, so a look whose process died is soon tried again."""
LOOK_RETRY = RetryPolicy(initial_interval=timedelta(seconds=0.1), maximum_interval=timedelta(seconds=10))
BREATH = timedelta(seconds=0.1)
AT_ONCE, ACTING = 100, 500
"""Obligations of a site that one look finds, and that have an activity of their own: slow mails must not take all
places. Temporal refuses a workflow's 2,001st open activity."""
RENEWED_AFTER, LONGEST = 500, 20_000
"""Events after which a watch continues as new once nothing is being acted on, and after which it waits for that."""


@dataclass(frozen=True)
class Watched:
    """Which row a workflow watches. Nothing personal: ids travel in plain text."""

    id: UUID
    site: str
    revision: int
    phase: str | None = None


@dataclass(frozen=True)
class WakePlan:
    """How a row stands at a revision, and when to wake (None = at the next nudge).

    The service answers it when it has acted; a nudge carries it for a row that needs nothing before its next moment.
    `open` is False once nothing is left to watch.
    """

    revision: int
    wake_at: datetime | None = None
    open: bool = True
    phase: str | None = None


class PendingRevision:
    """The newest revision that a watching workflow was nudged with, and the wait until there is a newer one."""

    def __init__(self, watched: Watched) -> None:
        self.revision = watched.revision
        self.plan: WakePlan | None = None

    def note(self, revision: int) -> None:
        self.revision = max(self.revision, revision)

    async def until(self, plan: WakePlan) -> None:
        """Rest until the row's next moment, or until a nudge newer than what was acted on."""
        self.plan = plan
        left = max(plan.wake_at - workflow.now(), timedelta(0)) if plan.wake_at else None
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self.revision > plan.revision, timeout=left)


async def advance(activity: str, watched: Watched, retry: RetryPolicy = ADVANCE_RETRY) -> WakePlan:
    """Let the service act on the row; retried until its database answers."""
    plan: WakePlan = await workflow.execute_activity(
        activity,
        watched,
        result_type=WakePlan,
        start_to_close_timeout=ADVANCE_TIMEOUT,
        heartbeat_timeout=SIGN_OF_LIFE,
        retry_policy=retry,
    )
    return plan


@asynccontextmanager
async def heartbeating(sign_of_life: timedelta = SIGN_OF_LIFE) -> AsyncIterator[None]:
    """Tell Temporal that an activity is alive while it waits for somebody else."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(sign_of_life.total_seconds() / 3)
            activity.heartbeat()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


@dataclass(frozen=True)
class SiteWatched:
    """The obligations of a site. `wake_at` is the earliest moment that is known of them; None: look at once."""

    site: str
    wake_at: datetime | None = None


@dataclass(frozen=True)
class Looking:
    """Which obligations to act on: those of a site that are due and not among these, so many at most."""

    site: str
    without: list[UUID]
    at_most: int


@dataclass(frozen=True)
class Found:
    """The obligations that are due and need an activity of their own, and the earliest moment of all others."""

    due: list[UUID]
    next_at: datetime | None


@dataclass(frozen=True)
class Moments:
    """What a watch is told: the obligations that are due already, and the earliest moment of others.

    With neither it looks at once.
    """

    due: list[UUID]
    wake_at: datetime | None = None


@dataclass(frozen=True)
class Watching:
    """What a watch waits for, and how many obligations have an activity of their own at work."""

    wake_at: datetime | None
    acting: int


OBLIGATIONS = "Obligations"
WATCH = "'{service}-obligations-' || site"
"""In SQL: the id of the workflow that watches an obligation."""


def watch_of(service: str, site: str) -> str:
    """Return the id of the workflow that watches a site's obligations."""
    return f"{service}-obligations-{site}"


@workflow.defn(name=OBLIGATIONS, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class ObligationsWatch:
    """Watches all open obligations of a site: its service acts on each when its moment comes.

    It waits for the earliest moment that it knows; then its service acts on what is due and answers the next moment.
    What needs somebody else (a mail server), takes long or fails has an activity of its own, and delays no other. When
    nothing is open the watch waits to be told.

    What it knows is never later than the earliest moment of its open rows, and may be earlier: whoever closes an
    obligation or puts it off tells nobody, and at its old moment nothing is due. A moment is told after its commit, and
    what is told from the beginning of a look on is kept beside the look's answer: a row whose moment was told before
    that is in the look's snapshot.
    """

    @workflow.init
    def __init__(self, watched: SiteWatched) -> None:
        self._site = watched.site
        self._wake_at: datetime | None = watched.wake_at or workflow.now()
        self._acting: dict[UUID, asyncio.Task[None]] = {}
        self._alarms: dict[datetime, asyncio.Task[None]] = {}
        self._failed: set[UUID] = set()
        self._news = 0

    @workflow.run
    async def run(self, watched: SiteWatched) -> None:
        while True:
            if self._is_long() and not self._acting:
                workflow.continue_as_new(SiteWatched(self._site, self._wake_at))
            if self._may_look() and self._wake_at and self._wake_at <= workflow.now():
                await self._look()
            else:
                await self._until_news()

    def _is_long(self) -> bool:
        return workflow.info().get_current_history_length() >= RENEWED_AFTER

    def _may_look(self) -> bool:
        return len(self._acting) < ACTING and workflow.info().get_current_history_length() < LONGEST

    async def _until_news(self) -> None:
        """Wait for the known moment, for an earlier one, or for the end of an act."""
        news = self._news
        if self._wake_at and self._wake_at > workflow.now() and self._wake_at not in self._alarms:
            self._alarms[self._wake_at] = asyncio.create_task(self._ring(self._wake_at))
        await workflow.wait_condition(lambda: self._news != news)

    async def _ring(self, moment: datetime) -> None:
        """Wake at a moment. Nobody cancels that: Temporal's test server cannot cancel a timer that is just firing."""
        await workflow.sleep(moment - workflow.now())
        del self._alarms[moment]
        self._news += 1

    async def _look(self) -> None:
        self._wake_at = None
        # What failed is left to the next run, once this one is long: else the two might never find nothing going on.
        without = [*self._acting, *(sorted(self._failed) if self._is_long() else ())]
        looking = Looking(self._site, without, min(ACTING - len(self._acting), AT_ONCE))
        found: Found = await workflow.execute_activity(
            "advance_due_obligations",
            looking,
            result_type=Found,
            start_to_close_timeout=LOOK_TIMEOUT,
            heartbeat_timeout=LOOK_SIGN_OF_LIFE,
            retry_policy=LOOK_RETRY,
        )
        for id in found.due:
            self._begin(id)
        if found.next_at:
            self._note(self._not_at_once(found.next_at))

    def _begin(self, id: UUID) -> None:
        if id not in self._acting:
            self._acting[id] = asyncio.create_task(self._act(id))

    async def _act(self, id: UUID) -> None:
        watched = Watched(id, self._site, revision=0)
        try:
            plan = await advance("advance_obligation", watched, OBLIGATION_RETRY)
            if plan.open:
                self._note(self._not_at_once(plan.wake_at or workflow.now()))
        except ActivityError:
            self._failed.add(id)
            self._note(workflow.now() + FAILED_AGAIN)
        finally:
            del self._acting[id]
            self._news += 1

    @staticmethod
    def _not_at_once(moment: datetime) -> datetime:
        """Put a moment off a little: the service's clock may be behind the server's, and nothing is due to it yet."""
        return max(moment, workflow.now() + BREATH)

    def _note(self, moment: datetime) -> None:
        if self._wake_at is None or moment < self._wake_at:
            self._wake_at = moment
            self._news += 1

    @workflow.signal
    def nudge(self, moments: Moments) -> None:
        """Obligations of the site are due, or wake at a moment that this may not know."""
        if self._may_look():
            for id in moments.due:
                self._begin(id)
        elif moments.due:
            self._note(workflow.now())
        if moments.wake_at or not moments.due:
            self._note(moments.wake_at or workflow.now())

    @workflow.query
    def watching(self) -> Watching:
        """Return what this waits for."""
        return Watching(self._wake_at, len(self._acting))
