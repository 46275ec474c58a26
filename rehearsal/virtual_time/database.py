"""What PostgreSQL shows the observer of work that is not finished, and of what is due next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg

from shared.events import SERVICES
from shared.events.subscriptions import HEARS
from shared.watch import WATCH


class Table(NamedTuple):
    """A table whose rows are watched by workflows; `watch` is a workflow's id in SQL, by default each row has its own.

    `acted_on` is the revision that was acted on, at `acted_at`.
    """

    schema: str
    name: str
    acted_on: str = "settled_revision"
    acted_at: str = "settled_at"
    watch: str = "'{service}-{name}-' || id"

    @property
    def names(self) -> dict[str, str]:
        """What its queries say."""
        return self._asdict() | {"table": str(self), "watch": self.watch.format(service=self.schema, name=self.name)}

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


WATCHED = (
    *(Table(service, "obligation", "revision", "changed_at", WATCH) for service in SERVICES),
    Table("scheduler", "program"),
    Table("scheduler", "cohort"),
)

_NOT_PUBLISHED = """
    select '{schema}: events not published',
        (select count(*) from {schema}.outbox where published_at is null),
        null::timestamptz,
        (select coalesce(max(id), 0) from {schema}.outbox)
"""
_NUDGES = """
    select '{schema}: nudges not delivered', count(*), null::timestamptz, 0::bigint from {schema}.nudge
"""
_FRESH = "select event_id, type from {schema}.outbox where id > ${place}"
_NOT_HANDLED = """
    select '{schema}: events not handled', count(*), null::timestamptz, 0::bigint
    from fresh where type in ({types})
        and not exists (select from {schema}.inbox where inbox.event_id = fresh.event_id)
"""
_ROWS = """
    select '{table}: rows due or not acted on',
        count(*) filter (where {acted_on} < revision or (closed_at is null and wake_at <= $1)),
        min(wake_at) filter (where closed_at is null and wake_at > $1),
        coalesce(sum({acted_on}), 0)::bigint
    from {table}
"""
_SETTLED = """
    select {watch} as watch, max({acted_at}) as acted_at, bool_or(closed_at is null) as needed
    from {table} where {acted_at} >= $1 group by 1
"""
_UNPUBLISHED = """
    select '{schema} has not published event ' || aggregate_seq || ' of ' || aggregate || ', ' || type
    from {schema}.outbox where published_at is null
"""
_NOT_NUDGED = """
    select '{schema} owes workflow ' || workflow_id || ' a nudge with revision ' || revision from {schema}.nudge
"""
_UNFINISHED = """
    select '{table} ' || {name} || ' acted on revision ' || {acted_on} || ' of ' || revision
        || coalesce(', wakes at ' || wake_at::text, '') || case when closed_at is null then '' else ', closed' end
    from {table} where {acted_on} < revision or (closed_at is null and wake_at <= $1)
"""
_NAME = {"obligation": "kind || ' ' || item || coalesce(' of program ' || program_id, '')"}


def _types(service: str) -> str:
    return ", ".join(f"'{event.event_type()}'" for event in HEARS[service])


class Settled(NamedTuple):
    """A workflow, when one of its rows was last acted on, and whether one of those is open and needs it."""

    workflow_id: str
    acted_at: datetime
    needed: bool


@dataclass(frozen=True)
class Books:
    """The database at one look: what is unfinished and how much, what is due next, how much was ever acted on.

    `told` holds the newest outbox row of every service.
    """

    unfinished: tuple[tuple[str, int], ...]
    next_at: datetime | None
    settled: tuple[int, ...]
    told: tuple[int, ...]


class Database:
    """The observer's view of every service's outbox, inbox, nudges and watched rows.

    What is in an outbox and not in the inbox of whoever hears it is unfinished: a consumer's own count of what is
    pending lags behind the stream for a moment.
    """

    def __init__(self, connection: asyncpg.Connection, watched: Sequence[Table] = WATCHED) -> None:
        self._connection = connection
        schemas = sorted({table.schema for table in watched})
        places = [table.names for table in watched]
        self._told = (0,) * len(schemas)
        fresh = " union all ".join(_FRESH.format(schema=schema, place=n) for n, schema in enumerate(schemas, start=2))
        looks = [text.format(schema=schema) for text in (_NOT_PUBLISHED, _NUDGES) for schema in schemas]
        looks += [_NOT_HANDLED.format(schema=schema, types=_types(schema)) for schema in schemas if HEARS[schema]]
        looks += [_ROWS.format(**place) for place in places]
        self._look = f"with fresh as ({fresh}) {' union all '.join(looks)}"
        self._settled = " union all ".join(_SETTLED.format(**place) for place in places)
        self._rows = " union all ".join(
            _UNFINISHED.format(**(place | {"name": _NAME.get(place["name"], "id")})) for place in places
        )
        self._owed = " union all ".join(
            text.format(schema=schema) for schema in schemas for text in (_UNPUBLISHED, _NOT_NUDGED)
        )

    async def look(self, now: datetime) -> Books:
        rows = await self._connection.fetch(self._look, now, *self._told)
        return Books(
            unfinished=tuple((row[0], row[1]) for row in rows if row[1]),
            next_at=min((row[2] for row in rows if row[2]), default=None),
            settled=tuple(row[3] for row in rows),
            told=tuple(row[3] for row in rows[: len(self._told)]),
        )

    def was_idle(self, books: Books) -> None:
        """Everything that had been told at that look was handled: only what is newer is asked for from now on."""
        self._told = books.told

    async def settled_since(self, instant: datetime) -> list[Settled]:
        """Return the workflows whose rows were acted on since then."""
        return [Settled(*row) for row in await self._connection.fetch(self._settled, instant)]

    async def unfinished(self, now: datetime) -> list[str]:
        """Each unfinished thing in words."""
        found = [*await self._connection.fetch(self._owed), *await self._connection.fetch(self._rows, now)]
        return [row[0] for row in found]
