"""A nudge is owed to a workflow: written with the change, delivered by the nudger.

An obligation's nudge is a row of its own, so that no two transactions wait for each other; the nudger tells the watch
of its site.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.watch import Rest

CHANNEL = "homeward_nudge"
OBLIGATION = "Obligation"
"""Stands for the workflow in the nudge of an obligation."""

_owe = text(
    """
    with owed as (
        insert into nudge (workflow_id, workflow, site, revision, wake_at, open)
        values (:workflow_id, :workflow, :site, :revision, :wake_at, :open)
        on conflict (workflow_id) do update
        set revision = excluded.revision, wake_at = excluded.wake_at, open = excluded.open
        where nudge.revision < excluded.revision
    )
    select pg_notify(:channel, current_schema())
    """
)

_settle = text("delete from nudge where workflow_id = :workflow_id")


async def owe(connection: AsyncConnection, workflow: str, workflow_id: str, *, site: str, stands: Rest) -> None:
    """Owe a workflow a nudge that carries how the row that it watches stands since this change."""
    await connection.execute(
        _owe,
        {
            "workflow_id": workflow_id,
            "workflow": workflow,
            "site": site,
            "revision": stands.revision,
            "wake_at": stands.wake_at,
            "open": stands.open,
            "channel": CHANNEL,
        },
    )


def owed_for(service: str, obligation_id: UUID | str) -> str:
    """Return what the nudge of an obligation is kept under."""
    return f"{service}-obligation-{obligation_id}"


async def settle(connection: AsyncConnection, workflow_id: str) -> None:
    """Whoever advances the row, under its lock, has seen every change so far: no nudge is owed for them any more."""
    await connection.execute(_settle, {"workflow_id": workflow_id})
