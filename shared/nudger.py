"""The nudger: delivers owed nudges to Temporal, starting the workflow that is not there."""

import asyncio
from time import monotonic
from uuid import UUID

import asyncpg
import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError

from shared.backlog import Backlog
from shared.nudge import CHANNEL
from shared.relay import connect, hinted, listen
from shared.settings import Settings
from shared.watch import Rest, Watched

BATCH = 100
AT_ONCE = 10
POLL_SECONDS = 1.0
LONGEST_PAUSE = 60.0
MOMENTS_WAIT, LOOKS_WAIT = 10.0, 60.0
"""Seconds that nudges wait at most for a service that is far behind with its hearing; those that only say that there is
something new to look at wait longer: meanwhile many become one, and to look is most of the work."""
log = structlog.get_logger()

_owed = "select * from nudge where id <= $1 and ($2 or wake_at is not null) order by id limit $3"
_newest = "select coalesce(max(id), 0) from nudge"


async def run(settings: Settings, temporal: Client, backlog: Backlog) -> None:
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
            delivered = await _deliver_all(temporal, settings.service, owed)
            await connection.executemany(
                "delete from nudge where workflow_id = $1 and revision = $2",
                [(row["workflow_id"], row["revision"]) for row in delivered],
            )
            if len(delivered) < len(owed):
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


async def _deliver_all(temporal: Client, service: str, owed: list[asyncpg.Record]) -> list[asyncpg.Record]:
    places = asyncio.Semaphore(AT_ONCE)

    async def attempt(row: asyncpg.Record) -> asyncpg.Record | None:
        async with places:
            try:
                await _deliver(temporal, service, row)
            except RPCError as error:
                log.warning("nudge.not_delivered", workflow=row["workflow_id"], why=str(error))
                return None
            return row

    return [row for row in await asyncio.gather(*map(attempt, owed)) if row is not None]


async def _deliver(temporal: Client, service: str, row: asyncpg.Record) -> None:
    watched = Watched(id=UUID(row["workflow_id"][-36:]), site=row["site"], revision=row["revision"])
    await temporal.start_workflow(
        row["workflow"],
        watched,
        id=row["workflow_id"],
        task_queue=service,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        start_signal="nudge",
        start_signal_args=[Rest(row["revision"], row["wake_at"], open=row["open"])],
    )
