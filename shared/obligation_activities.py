"""What a service does for its obligations when their moment has come: the activities that their watches call."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from temporalio import activity

from shared.obligation import HOMEWARD, WITHOUT_PROTOCOL, Obligations, Rule
from shared.protocol.library import ProtocolGone
from shared.watch import LOOK_SIGN_OF_LIFE, Found, Looking, WakePlan, Watched, heartbeating
from shared.work import OpenWork

SIDE_BY_SIDE, AT_ONCE_SECONDS = 5, 2.0
"""Half of the connections of a service's database pool; and how long a look waits for one rule."""
log = structlog.get_logger()


class ObligationActivities:
    """The activities behind the watches of a service's obligations.

    `rules` says, per kind, what happens when it is time. A rule must close the obligation or move its `wake_at` into
    the future. `apart` are the kinds that more is done for than their rule, which may take long.
    """

    def __init__(
        self,
        open_work: OpenWork,
        obligations: Obligations,
        rules: Mapping[str, Rule],
        apart: Collection[str] = (),
    ) -> None:
        self._open_work, self._obligations, self._rules, self._apart = open_work, obligations, rules, apart

    @property
    def all(self) -> list[Callable[..., Any]]:
        """Return what a service's worker does for its watches."""
        return [self.advance_due, self.advance]

    @activity.defn(name="advance_due_obligations")
    async def advance_due(self, looking: Looking) -> Found:
        """Act on what is due; answer what needs an activity of its own, and when the next of the others is due.

        That is what has more done for it than its rule, and whose rule failed or did not come to its end at once: the
        others do not wait for it.
        """
        async with heartbeating(LOOK_SIGN_OF_LIFE):
            due, next_at = await self._look(looking)
            quick = [id for id, kind in due.items() if kind not in self._apart]
            places = asyncio.Semaphore(SIDE_BY_SIDE)
            acted = await asyncio.gather(*(self._acts_at_once(id, looking.site, places) for id in quick))
            left = [*(due.keys() - set(quick)), *(id for id, is_done in zip(quick, acted, strict=True) if not is_done)]
            if quick:
                _, next_at = await self._look(Looking(looking.site, [*looking.without, *left], at_most=0))
            return Found(left, next_at)

    async def _look(self, looking: Looking) -> tuple[dict[UUID, str], datetime | None]:
        async with self._open_work([looking.site]) as work:
            return await self._obligations.due(work, looking)

    async def _acts_at_once(self, id: UUID, site: str, places: asyncio.Semaphore) -> bool:
        try:
            async with places, asyncio.timeout(AT_ONCE_SECONDS):
                await self._act_or_say_why(Watched(id, site, revision=0))
        except Exception as error:
            log.warning("obligation.not_acted_on_at_once", obligation=str(id), why=f"{type(error).__name__}: {error}")
            return False
        return True

    @activity.defn(name="advance_obligation")
    async def advance(self, watched: Watched) -> WakePlan:
        """Act if the obligation's moment has come; answer when to wake next."""
        plan = await self._act_or_say_why(watched)
        # An attempt before this one may have put it off, and its answer was lost: the nudger took that moment for told,
        # and told none of a later one. So the watch looks at once.
        return plan if activity.info().attempt == 1 else replace(plan, wake_at=None, open=True)

    async def _act_or_say_why(self, watched: Watched) -> WakePlan:
        try:
            return await self._act(watched)
        except ProtocolGone as gone:
            return await self._say_why(watched, gone)

    async def _act(self, watched: Watched) -> WakePlan:
        async with self._open_work([watched.site]) as work:
            obligation = await self._obligations.get(work, watched.id)
            is_due = obligation.closed_at is None and obligation.wake_at <= work.now
            if is_due:
                await self._rules[obligation.kind](work, obligation)
                obligation = await self._obligations.get(work, watched.id)
            closed = obligation.closed_at is not None
            if not closed and obligation.wake_at <= work.now:
                raise RuntimeError(f"the rule of {obligation.kind} left {obligation.item} due")
            await self._obligations.settle(work, watched.id)
            if is_due:
                self._obligations.record_action(work, obligation)
            return WakePlan(obligation.revision, obligation.wake_at, open=not closed)

    async def _say_why(self, watched: Watched, gone: ProtocolGone) -> WakePlan:
        """Let the task say which rule stands still and why, in a transaction of its own: the rule's was rolled back.

        Its stage becomes `protocol_changed` (or `protocol_faulty`, `protocol_gone`, `protocol_unpinned`), which is
        told as an escalation; its owner and deadline stay. What nobody owed (a message) is the coordinator's until the
        protocol is back.
        """
        async with self._open_work([watched.site]) as work:
            obligation = await self._obligations.get(work, watched.id)
            if obligation.closed_at is None and obligation.wake_at <= work.now:
                owner = "coordinator" if obligation.owner == HOMEWARD else obligation.owner
                again = work.now + WITHOUT_PROTOCOL
                await self._obligations.move(work, obligation, wake_at=again, stage=gone.rule, owner=owner)
                obligation = await self._obligations.get(work, watched.id)
                await self._obligations.settle(work, watched.id)
                self._obligations.record_action(work, obligation)
            return WakePlan(obligation.revision, obligation.wake_at, open=obligation.closed_at is None)
