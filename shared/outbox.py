"""Events leave a service through its outbox: written with the change, published by the relay."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from shared.events import Event

CHANNEL = "homeward_outbox"

_emit = text(
    """
    with next as (
        insert into outbox_sequence (aggregate, site, last) values (:aggregate, :site, 1)
        on conflict (aggregate) do update set last = outbox_sequence.last + 1
        returning last
    )
    insert into outbox (event_id, aggregate, aggregate_seq, site, type, data, occurred_at)
    select :event_id, :aggregate, next.last, :site, :type, cast(:data as jsonb), :occurred_at from next
    returning pg_notify(:channel, current_schema())
    """
)


async def emit(connection: AsyncConnection, event: Event, *, site: str, now: datetime) -> UUID:
    """Put an event into the outbox, in the transaction of the change that it tells of.

    The sequence number is given under the aggregate's row lock, so that order and gaps
    can be told per (producer, aggregate).
    """
    event_id = uuid7()
    await connection.execute(
        _emit,
        {
            "aggregate": event.aggregate_id,
            "site": site,
            "event_id": event_id,
            "type": event.event_type(),
            "data": json.dumps(event.model_dump(mode="json")),
            "occurred_at": now,
            "channel": CHANNEL,
        },
    )
    return event_id
