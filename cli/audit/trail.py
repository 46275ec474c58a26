"""Reading the audit trail, as the observer: every service's rows, and what is wrong with their chains."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from shared.audit.chain import Break, Head, breaks, link
from shared.audit.entry import genesis
from shared.events import SERVICES


@dataclass(frozen=True)
class Chain:
    """One service's trail at one site; no breaks = it is what was written."""

    service: str
    site: str
    rows: int
    head: Head | None
    breaks: tuple[Break, ...]


async def read_chains(
    connection: asyncpg.Connection, site: str | None, kept: Iterable[Mapping[str, Any]]
) -> list[Chain]:
    """Every chain, all of one instant. `kept` are heads as `head_of` gave them at some time."""
    kept = list(kept)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        chains = []
        for service in SERVICES:
            found = await connection.fetch(
                f"select site from {service}.audit union select site from {service}.audit_head"
            )
            sites = {row["site"] for row in found} | {one["site"] for one in kept if one["service"] == service}
            chains += [await _chain(connection, service, one, kept) for one in sorted(sites) if site in (None, one)]
        return chains


async def _chain(connection: asyncpg.Connection, service: str, site: str, kept: Iterable[Mapping[str, Any]]) -> Chain:
    links = [link(row) async for row in _rows(connection, service, site)]
    row = await connection.fetchrow(f"select position, hash from {service}.audit_head where site = $1", site)
    head = Head(**row) if row else None
    own = [Head(one["position"], one["hash"]) for one in kept if (one["service"], one["site"]) == (service, site)]
    return Chain(service, site, len(links), head, tuple(breaks(genesis(service, site), links, head, own)))


async def _rows(connection: asyncpg.Connection, service: str, site: str) -> AsyncIterator[dict[str, Any]]:
    query = f"select * from {service}.audit where site = $1 order by position, id"
    async for row in connection.cursor(query, site, prefetch=1000):
        yield _read(row)


async def newest(
    connection: asyncpg.Connection, program_id: str | None, site: str | None, last: int
) -> tuple[list[dict[str, Any]], int]:
    """Return the newest rows of all services, the oldest of them first, and how many there are."""
    one = """
        select '{service}' as service, * from {service}.audit
        where ($1::text is null or site = $1) and ($2::text is null or subjects @> jsonb_build_object('program_id', $2)
            or subjects @> jsonb_build_object('programs', jsonb_build_array($2)))
    """
    every = " union all ".join(one.format(service=service) for service in SERVICES)
    newest = f"select *, count(*) over () as of_all from ({every}) as every order by at desc, id desc limit $3"
    rows = await connection.fetch(f"select * from ({newest}) as newest order by at, id", site, program_id, last)
    return [_read(row) for row in rows], rows[0]["of_all"] if rows else 0


def _read(row: asyncpg.Record) -> dict[str, Any]:
    return dict(row) | {name: json.loads(row[name]) for name in ("subjects", "protocols")}


def head_of(chain: Chain) -> dict[str, Any]:
    """The end of a chain, to be kept where whoever could change the rows cannot change it."""
    assert chain.head is not None
    return {"service": chain.service, "site": chain.site, "position": chain.head.position, "hash": chain.head.hash}


def document(chain: Chain) -> dict[str, Any]:
    return {
        "service": chain.service,
        "site": chain.site,
        "rows": chain.rows,
        "head": asdict(chain.head) if chain.head else None,
        "breaks": [asdict(broken) for broken in chain.breaks],
    }
