"""The rows that workflows watch, and which stand still: late, not acted on, or watched by no workflow.

Each is repaired alike: its workflow is nudged again. Whoever nudges starts the workflow that is not there, a nudge that
says nothing new changes nothing, and the row is the truth; so one nudge too many does no harm.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client

from shared import nudge, temporal
from shared.events import SERVICES
from shared.nudge import Nudge
from shared.watch import OBLIGATIONS, WATCH, WakePlan

AT_ONCE = 10
Reason = Literal["not acted on", "due", "not watched"]


class WatchedTable(NamedTuple):
    """A table whose open rows are watched by workflows.

    `watch` is a workflow's id in SQL: by default each row has its own. `acted_on` is the column of the newest revision
    whose consequences are drawn.
    """

    table: str
    workflow: str
    acted_on: str = "settled_revision"
    watch: str = "'{service}-{table}-' || id"


_OBLIGATIONS = WatchedTable("obligation", OBLIGATIONS, acted_on="revision", watch=WATCH)
WATCHED_TABLES: dict[str, tuple[WatchedTable, ...]] = dict.fromkeys(SERVICES, (_OBLIGATIONS,))
WATCHED_TABLES["scheduler"] += (WatchedTable("program", "ParticipantProgram"), WatchedTable("cohort", "CohortProgram"))

_ROWS = """
    select * from (
        select '{service}-{table}-' || id as name, {watch} as workflow_id, '{workflow}' as workflow, site, revision,
            wake_at, {acted_on} < revision as behind, closed_at is null as open
        from {table}
        where (closed_at is null or {acted_on} < revision){which}
    ) as watched
    where not exists (select from nudge where nudge.workflow_id in (watched.name, watched.workflow_id))
"""
_STANDING_STILL = " and ({acted_on} < revision or wake_at <= :now)"
_OPEN = "select count(*) from {table} where closed_at is null"
_WATCHES = "select distinct {watch} from {table} where closed_at is null"


@dataclass(frozen=True)
class Row:
    """A row that is open or not acted on, and that owes its workflow no nudge at this moment.

    `name` is `<service>-<table>-<id>`; `workflow_id` the workflow that watches it, and perhaps others.
    """

    name: str
    workflow_id: str
    workflow: str
    site: str
    revision: int
    wake_at: datetime | None
    behind: bool
    open: bool

    @property
    def plan(self) -> WakePlan:
        return WakePlan(self.revision, self.wake_at, open=self.open)

    def needs(self, now: datetime, not_watched: Collection[str] = ()) -> Reason | None:
        """Why its workflow should be nudged again; None when it only rests."""
        if self.workflow_id in not_watched:
            return "not watched"
        if self.behind:
            return "not acted on"
        return "due" if self.wake_at and self.wake_at <= now else None


@dataclass(frozen=True)
class Needed:
    """The workflows that a service's open rows need: how many have one of their own, and the watches of sites."""

    own: int
    watches: frozenset[str]


async def read(connection: AsyncConnection, service: str, standing_still: datetime | None = None) -> list[Row]:
    """Return the rows of a service that are open or not acted on, and whose nudge is not owed already.

    All of them, or those alone that should have been acted on by an instant.
    """
    query = " union all ".join(_of(service, _ROWS, watched, standing_still) for watched in WATCHED_TABLES[service])
    values = {"now": standing_still} if standing_still else {}
    return [Row(**row) for row in (await connection.execute(text(query), values)).mappings()]


async def read_needed(connection: AsyncConnection, service: str) -> Needed:
    """Read which workflows of a service should be open."""
    counts = [
        (await connection.execute(text(_of(service, _OPEN, watched)))).scalar_one()
        for watched in WATCHED_TABLES[service][1:]
    ]
    watches = await connection.execute(text(_of(service, _WATCHES, _OBLIGATIONS)))
    return Needed(sum(counts), frozenset(watches.scalars()))


def _of(service: str, query: str, watched: WatchedTable, standing_still: datetime | None = None) -> str:
    names = watched._asdict() | {"watch": watched.watch.format(service=service, table=watched.table)}
    which = _STANDING_STILL.format(**names) if standing_still else ""
    return query.format(service=service, which=which, **names)


async def owe(connection: AsyncConnection, row: Row) -> None:
    """Nudge its workflow again, which starts it if it is not there: the service's nudger delivers."""
    await nudge.owe(connection, [Nudge(row.workflow, row.workflow_id, row.site, row.plan)])


async def lacks(client: Client, service: str, needed: Needed) -> bool:
    """Return whether too few workflows of a service are open: a paused one is, and goes on when somebody lets it.

    Programs and cohorts are counted. The watch of a site goes on when nothing is open there, and would make up for
    another workflow in a count.
    """
    if (await client.count_workflows(f'{_open_runs(service)} AND WorkflowType != "{OBLIGATIONS}"')).count < needed.own:
        return True
    watches = f'{_open_runs(service)} AND WorkflowType = "{OBLIGATIONS}"'
    return bool(needed.watches - {run.workflow_id async for run in temporal.open_runs(client, watches)})


def _open_runs(service: str) -> str:
    return f'TaskQueue = "{service}" AND {temporal.OPEN_RUNS}'


async def not_watched(client: Client, service: str, rows: Sequence[Row]) -> set[str]:
    """Return open rows' workflows that are not open. Temporal's list lags behind: what is not in it is asked for."""
    listed = {run.workflow_id async for run in temporal.open_runs(client, _open_runs(service))}
    missing = {row.workflow_id for row in rows if row.open} - listed
    places = asyncio.Semaphore(AT_ONCE)

    async def is_open(workflow_id: str) -> bool:
        async with places:
            return await temporal.is_open(client, workflow_id)

    found = await asyncio.gather(*map(is_open, missing))
    return {workflow_id for workflow_id, is_there in zip(missing, found, strict=True) if not is_there}
