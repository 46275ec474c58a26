"""The nudger: delivers owed nudges to Temporal, starting the workflow that is not there.

A program's or a cohort's nudge goes to its own workflow. Those of obligations go to the watch of their site: what is
due, and the earliest moment of the others, but not even that if the watch wakes before anyway.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import asyncpg
import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError

from shared.backlog import Backlog
from shared.clock import Clock
from shared.nudge import CHANNEL, OBLIGATION, owed_for
from shared.relay import connect, hinted, listen
from shared.settings import Settings
from shared.watch import OBLIGATIONS, Moments, SiteWatched, WakePlan, Watched, watch_of

BATCH = 100
AT_ONCE = 10
POLL_SECONDS = 1.0
LONGEST_PAUSE = 60.0
MOMENTS_WAIT, LOOKS_WAIT = 10.0, 60.0
"""Seconds that nudges wait at most for a service that is far behind with its hearing; those that only say that there is
something new to look at wait longer: meanwhile many become one, and to look is most of the work."""
SOON = timedelta(minutes=1)
"""What wakes so soon may be acted on at this moment by a clock that is ahead of ours; nothing is concluded from it."""
log = structlog.get_logger()

_owed = "select * from nudge where id <= $1 and ($2 or wake_at is not null) order by id limit $3"
_newest = "select coalesce(max(id), 0) from nudge"
_woken_before = """
    select new.site from unnest($1::text[], $2::timestamptz[]) as new (site, wake_at)
    where exists (
        select from obligation as told
        where told.site = new.site and told.closed_at is null and told.wake_at > $3 and told.wake_at <= new.wake_at
            and not exists (select from nudge where workflow_id = $4 || told.id)
    )
"""


@dataclass(frozen=True, eq=False)
class Delivery:
    """What a workflow is started with and told, and the nudges that are owed no longer then.

    `moment`: a watch is told of obligations that are not due yet; perhaps it need not be.
    """

    workflow: str
    workflow_id: str
    begins_with: Watched | SiteWatched
    told: WakePlan | Moments
    nudges: Sequence[asyncpg.Record]
    moment: datetime | None = None


async def run(settings: Settings, temporal: Client, backlog: Backlog, clock: Clock) -> None:
    """Deliver until the connection is lost (then raise) or cancelled; while Temporal is away, nudges wait.

    Round after round: what is owed while a round is delivered belongs to the next one, which may wait.
    """
    connection = await connect(settings)
    pause, looks, looked = POLL_SECONDS, True, monotonic()
    try:
        hint = await listen(connection, CHANNEL)
        newest = await connection.fetchval(_newest)
        while True:
            owed = await connection.fetch(_owed, newest, looks, BATCH)
            now = await clock.now()
            wanted = deliveries(settings.service, owed, now)
            known = await needless(connection, settings.service, wanted, now)
            told = await _deliver_all(temporal, settings.service, [one for one in wanted if one not in known])
            done = [(row["workflow_id"], row["revision"]) for one in (*known, *told) for row in one.nudges]
            await connection.executemany("delete from nudge where workflow_id = $1 and revision = $2", done)
            if len(done) < len(owed):
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                pause = POLL_SECONDS
                if len(owed) == BATCH:
                    continue
                await hinted(hint, POLL_SECONDS)
                looks = await backlog.worked_off(MOMENTS_WAIT) or monotonic() - looked > LOOKS_WAIT
                looked = monotonic() if looks else looked
            newest = await connection.fetchval(_newest)
    finally:
        connection.terminate()


def deliveries(service: str, owed: Iterable[asyncpg.Record], now: datetime) -> list[Delivery]:
    """Return whom to tell what: programs and cohorts what their nudges say, a site's watch what is due or next."""
    found: list[Delivery] = []
    obligations: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in owed:
        if row["workflow"] == OBLIGATION:
            obligations[row["site"]].append(row)
        elif row["workflow"] == OBLIGATIONS:
            found.append(Delivery(OBLIGATIONS, row["workflow_id"], SiteWatched(row["site"]), Moments([]), [row]))
        else:
            begins_with = Watched(_id(row), row["site"], row["revision"])
            plan = WakePlan(row["revision"], row["wake_at"], open=row["open"])
            found.append(Delivery(row["workflow"], row["workflow_id"], begins_with, plan, [row]))
    for site, rows in obligations.items():
        due = [_id(row) for row in rows if row["wake_at"] <= now]
        wake_at = min((row["wake_at"] for row in rows if row["wake_at"] > now), default=None)
        told = Moments(due, wake_at)
        found.append(
            Delivery(OBLIGATIONS, watch_of(service, site), SiteWatched(site), told, rows, None if due else wake_at)
        )
    return found


def _id(nudge: asyncpg.Record) -> UUID:
    return UUID(nudge["workflow_id"][-36:])


async def needless(
    connection: asyncpg.Connection, service: str, wanted: Iterable[Delivery], now: datetime
) -> list[Delivery]:
    """Return the deliveries of moments that come after one that the site's watch waits for anyway.

    A watch wakes no later than any open row whose moment it was told. We see the new row and such an older one in one
    snapshot. So a look that does not see the new row began before, and either sees the older one, and answers its
    moment, or was told of it since, and keeps that: the watch wakes by then, and that look sees the new row. Should the
    older one be closed or moved before, the watch still wakes at its moment, for only a look makes it wake later. One
    that its rule has just put off counts for told: the answer is on its way to the watch (see ObligationActivities).
    """
    moments = {one.nudges[0]["site"]: one for one in wanted if one.moment}
    if not moments:
        return []
    asked = list(moments), [one.moment for one in moments.values()]
    rows = await connection.fetch(_woken_before, *asked, now + SOON, owed_for(service, ""))
    return [moments[row["site"]] for row in rows]


async def _deliver_all(temporal: Client, service: str, wanted: Iterable[Delivery]) -> list[Delivery]:
    places = asyncio.Semaphore(AT_ONCE)

    async def attempt(one: Delivery) -> Delivery | None:
        async with places:
            try:
                await _deliver(temporal, service, one)
            except RPCError as error:
                log.warning("nudge.not_delivered", workflow=one.workflow_id, why=str(error))
                return None
            return one

    return [one for one in await asyncio.gather(*map(attempt, wanted)) if one is not None]


async def _deliver(temporal: Client, service: str, one: Delivery) -> None:
    await temporal.start_workflow(
        one.workflow,
        one.begins_with,
        id=one.workflow_id,
        task_queue=service,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        start_signal="nudge",
        start_signal_args=[one.told],
    )
