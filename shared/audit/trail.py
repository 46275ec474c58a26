"""Writing the audit trail: the last thing that a transaction does before it commits.

A chain is serialised by the row of its head. It is taken after every other lock, and several in the order of their
sites, so that it can deadlock with nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

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
    """Add rows to the chains of their sites, in their order, in the transaction of what they tell of."""
    for site, of_site in groupby(sorted(entries, key=_site), key=_site):
        start = {"site": site, "genesis": genesis(service, site)}
        head = (await connection.execute(_lock_head, start)).one()
        await connection.execute(_append, list(_chained(of_site, head.position, head.hash)))


def _site(entry: Entry) -> str:
    return entry.site


def _chained(entries: Iterable[Entry], position: int, previous: str) -> Iterator[dict[str, Any]]:
    """Yield the entries as rows of their site's chain, behind the row at this position."""
    for number, entry in enumerate(entries, 1):
        row = asdict(entry)
        hash = chained(row, previous)
        texts = {"subjects": json.dumps(row["subjects"]), "protocols": json.dumps(row["protocols"])}
        yield row | texts | {"position": position + number, "previous": previous, "hash": hash}
        previous = hash
