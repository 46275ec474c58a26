"""Events leave a service through its outbox: written with the change, published by the relay."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from shared.events import Event

CHANNEL = "homeward_outbox"

_write = text(
    """
    with emitted as (
        select * from unnest(
            cast(:event_ids as uuid[]), cast(:aggregates as uuid[]), cast(:sites as text[]), cast(:types as text[]),
            cast(:contents as text[]), cast(:moments as timestamptz[])
        ) with ordinality as event (event_id, aggregate, site, type, data, occurred_at, position)
    ), next as (
        insert into outbox_sequence (aggregate, site, last)
        select aggregate, min(site), count(*) from emitted group by aggregate order by aggregate
        on conflict (aggregate) do update set last = outbox_sequence.last + excluded.last
        returning aggregate, last
    ), stored as (
        insert into outbox (event_id, aggregate, aggregate_seq, site, type, data, occurred_at)
        select event_id, aggregate,
            last - count(*) over same + row_number() over (same order by position),
            site, type, cast(data as jsonb), occurred_at
        from emitted join next using (aggregate) window same as (partition by aggregate) order by position
    )
    select pg_notify(:channel, current_schema())
    """
)


@dataclass(frozen=True)
class Emitted:
    """An event that a transaction tells of, and when it happened."""

    event: Event
    site: str
    occurred_at: datetime
    id: UUID = field(default_factory=uuid7)


async def write(connection: AsyncConnection, emitted: Sequence[Emitted]) -> None:
    """Put events into the outbox, in the transaction of the changes that they tell of.

    Their sequence numbers are given under the row locks of their aggregates, so that order and gaps can be told per
    (producer, aggregate). Those locks are taken in the order of the aggregates, and nothing but the audit trail's
    after them: two transactions that tell of the same aggregates cannot wait for each other.
    """
    if not emitted:
        return
    await connection.execute(
        _write,
        {
            "event_ids": [one.id for one in emitted],
            "aggregates": [one.event.aggregate_id for one in emitted],
            "sites": [one.site for one in emitted],
            "types": [one.event.event_type() for one in emitted],
            "contents": [json.dumps(one.event.model_dump(mode="json")) for one in emitted],
            "moments": [one.occurred_at for one in emitted],
            "channel": CHANNEL,
        },
    )
