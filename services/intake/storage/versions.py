"""Which versions of protocols each site may screen by: told by the scheduler, where a clinician signs them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.referral import Pin
from services.intake.storage import tables

table = tables.released


async def keep(connection: AsyncConnection, site: str, pin: Pin, at: datetime) -> None:
    """Know a version at a site from now on; the first content that was told stands."""
    row = insert(table).values(site=site, known_at=at, **tables.pin_columns(pin))
    await connection.execute(row.on_conflict_do_nothing())


async def newest(connection: AsyncConnection, site: str, protocol_id: str) -> Pin | None:
    """Return the version that was released at the site last; None before there is one."""
    query = select(table).where(table.c.site == site, table.c.protocol_id == protocol_id)
    row = (await connection.execute(query.order_by(table.c.known_at.desc()).limit(1))).mappings().first()
    return Pin(*(row[name] for name in tables.PIN)) if row else None
