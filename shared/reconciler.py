"""The reconciler: nudges again whatever of its service stands still, so that a lost nudge or Temporal loses nobody.

It also erases the answers of commands that are kept no longer.
"""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter
from temporalio.client import Client
from temporalio.service import RPCError

from shared import idempotency, watched_rows
from shared.temporal import is_stuck, start_anew
from shared.watch import OBLIGATIONS, SiteWatched
from shared.watched_rows import Needed, Reason, Row
from shared.work import OpenWork

LOOK_SECONDS = 5.0
BACKOFF_SECONDS = 5.0
FORGET_SECONDS = 600.0
"""Seconds between two looks for answers that need not be kept any more."""
log = structlog.get_logger()
nudged_again = Counter(
    "homeward_rows_nudged_again_total", "Rows that stood still and were nudged again", ["service", "why"]
)


@dataclass
class Backoff:
    """Who has stood still for a while is nudged, and if that does not help, each time after twice as long.

    Most rows that are due are being acted on at this moment; and one whose rule fails must not be flooded.
    """

    seconds: float
    _waits: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    """Since when each row stands at its revision, and when it is nudged next."""

    def due(self, rows: Iterable[Row], at: float) -> list[Row]:
        """Return which of these rows to nudge at this moment (in seconds); a row that is not among them needs none."""
        known, self._waits, ripe = self._waits, {}, []
        for row in rows:
            key = (row.name, row.revision)
            since, again_at = known.get(key, (at, at + self.seconds))
            if at >= again_at:
                ripe.append(row)
                again_at = at + max(at - since, self.seconds)
            self._waits[key] = (since, again_at)
        return ripe


async def run(service: str, open_work: OpenWork, sites: Collection[str], temporal: Client | None) -> None:
    """Look again and again. Without Temporal (the server of virtual time keeps no list) only the rows are looked at."""
    backoff, seconds = Backoff(BACKOFF_SECONDS), asyncio.get_running_loop().time
    forgetting_at = seconds()
    while True:
        if forgetting_at <= seconds():
            async with open_work(sites) as work:
                await idempotency.forget(work)
            forgetting_at = seconds() + FORGET_SECONDS
        still = await look(service, open_work, sites, temporal)
        ripe = backoff.due(still, seconds())
        for row in ripe:
            log.warning("row.nudged_again", row=row.name, revision=row.revision, why=still[row])
            nudged_again.labels(service, still[row]).inc()
        for row in {row.workflow_id: row for row in ripe}.values():
            await _nudge_again(service, open_work, temporal, row)
        await asyncio.sleep(LOOK_SECONDS)


async def _nudge_again(service: str, open_work: OpenWork, temporal: Client | None, row: Row) -> None:
    """Nudge a row's workflow. A watch that its worker cannot go on with (an upgrade broke it) is started anew."""
    if temporal and row.workflow == OBLIGATIONS:
        with suppress(RPCError):
            if await is_stuck(temporal, row.workflow_id):
                log.warning("watch.started_anew", workflow=row.workflow_id)
                return await start_anew(
                    temporal, row.workflow, SiteWatched(row.site), id=row.workflow_id, task_queue=service
                )
    async with open_work([row.site]) as work:
        await watched_rows.owe(work.connection, row)


async def look(service: str, open_work: OpenWork, sites: Collection[str], temporal: Client | None) -> dict[Row, Reason]:
    """Find who stands still, and why. Only when there are too few workflows are all rows read and all listed."""
    async with open_work(sites) as work:
        now, connection = work.now, work.connection
        too_few = await _too_few(temporal, service, await watched_rows.read_needed(connection, service))
        rows = await watched_rows.read(connection, service, None if too_few else now)
    gone = await watched_rows.not_watched(temporal, service, rows) if temporal and too_few else set()
    return {row: why for row in rows if (why := row.needs(now, gone))}


async def _too_few(temporal: Client | None, service: str, needed: Needed) -> bool:
    """While Temporal is away nothing can be said: nudges wait, and whatever is due stands still anyway."""
    try:
        return temporal is not None and await watched_rows.lacks(temporal, service, needed)
    except RPCError:
        return False
