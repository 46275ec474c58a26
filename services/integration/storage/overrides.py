"""Which items a clinician signed away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.integration.storage.tables import overridden_item


async def override(connection: AsyncConnection, site: str, program_id: UUID, item: str, now: datetime) -> None:
    """Note that a clinician signed that this item holds no dose."""
    values = {"program_id": program_id, "item": item, "site": site, "overridden_at": now}
    await connection.execute(insert(overridden_item).values(**values).on_conflict_do_nothing())
