"""The clinical values of a protocol version that a site's medical director has signed off, each once and for ever.

Kept under the hash that tells days from hours: `P1D` for `PT24H` is another value.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.scheduler.storage.tables import sign_off
from shared.protocol.flagged import flagged
from shared.protocol.model import Protocol
from shared.work import Work


async def signed(work: Work, site: str, protocol: Protocol) -> list[dict[str, Any]]:
    """Return what was signed off of exactly this content, in the order in which it was signed."""
    table = sign_off.c
    rows = await work.connection.execute(
        select(sign_off)
        .where(table.site == site, table.protocol_id == protocol.id, table.hash == protocol.span_hash)
        .order_by(table.signed_at, table.path)
    )
    return [dict(row) for row in rows.mappings()]


async def unsigned(work: Work, site: str, protocol: Protocol) -> list[str]:
    """Return the paths of the flagged values of exactly this content that nobody signed off at the site."""
    done = {one["path"] for one in await signed(work, site, protocol)}
    return [path for path in flagged(protocol) if path not in done]


async def keep(
    work: Work, site: str, protocol: Protocol, path: str, value: Any, reason: str, signature: Mapping[str, Any]
) -> bool:
    """Keep that a value is signed off; False when it was signed off before."""
    row = insert(sign_off).values(
        site=site,
        protocol_id=protocol.id,
        version=protocol.version,
        hash=protocol.span_hash,
        path=path,
        value=value,
        reason=reason,
        signature=signature,
        signed_at=work.now,
    )
    return (await work.connection.execute(row.on_conflict_do_nothing())).rowcount == 1
