"""Writing the audit trail: the last thing that a transaction does before it commits.

A chain is serialised by the row of its head. It is taken after every other lock, and several in the order of their
sites, so that it can deadlock with nothing.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.audit.entry import Entry, chained, genesis

_lock_head = text(
    """
    insert into audit_head (site, position, hash) values (:site, 0, :genesis)
    on conflict (site) do update set position = audit_head.position
    returning position, hash
    """
)
_append = text(
    """
    with moved as (update audit_head set position = :position, hash = :hash where site = :site)
    insert into audit (site, position, at, actor, role, action, subjects, protocols, inputs, outcome, rule, previous,
        hash)
    values (:site, :position, :at, :actor, :role, :action, cast(:subjects as jsonb), cast(:protocols as jsonb),
        :inputs, :outcome, :rule, :previous, :hash)
    """
)


async def append(connection: AsyncConnection, service: str, entries: Iterable[Entry]) -> None:
    """Add rows to the chains of their sites, in the transaction of what they tell of."""
    for entry in sorted(entries, key=lambda entry: entry.site):
        start = {"site": entry.site, "genesis": genesis(service, entry.site)}
        head = (await connection.execute(_lock_head, start)).one()
        row = asdict(entry)
        await connection.execute(
            _append,
            row
            | {
                "position": head.position + 1,
                "previous": head.hash,
                "hash": chained(row, head.hash),
                "subjects": json.dumps(row["subjects"]),
                "protocols": json.dumps(row["protocols"]),
            },
        )
