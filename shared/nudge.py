"""A nudge is owed to a workflow: written with the change, delivered by the nudger."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL = "homeward_nudge"

_owe = text(
    """
    with owed as (
        insert into nudge (workflow_id, workflow, site, revision) values (:workflow_id, :workflow, :site, :revision)
        on conflict (workflow_id) do update set revision = greatest(nudge.revision, excluded.revision)
    )
    select pg_notify(:channel, current_schema())
    """
)

_settle = text("delete from nudge where workflow_id = :workflow_id")


async def owe(connection: AsyncConnection, workflow: str, workflow_id: str, *, site: str, revision: int) -> None:
    """Owe a workflow a nudge that carries the newest revision of the row that it watches."""
    await connection.execute(
        _owe,
        {"workflow_id": workflow_id, "workflow": workflow, "site": site, "revision": revision, "channel": CHANNEL},
    )


async def settle(connection: AsyncConnection, workflow_id: str) -> None:
    """Whoever advances the row, under its lock, has seen every change so far: no nudge is owed for them any more."""
    await connection.execute(_settle, {"workflow_id": workflow_id})
