"""A nudge is owed to a workflow: written with the change, delivered by the nudger.

An obligation's nudge is a row of its own, so that no two transactions wait for each other; the nudger tells the watch
of its site.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.watch import WakePlan

CHANNEL = "homeward_nudge"
OBLIGATION = "Obligation"
"""Stands for the workflow in the nudge of an obligation."""

_owe = text(
    """
    with owed as (
        insert into nudge (workflow_id, workflow, site, revision, wake_at, open)
        select * from unnest(
            cast(:workflow_ids as text[]), cast(:workflows as text[]), cast(:sites as text[]),
            cast(:revisions as int[]), cast(:moments as timestamptz[]), cast(:open as bool[])
        )
        on conflict (workflow_id) do update
        set revision = excluded.revision, wake_at = excluded.wake_at, open = excluded.open
        where nudge.revision < excluded.revision
    )
    select pg_notify(:channel, current_schema())
    """
)

_settle = text("delete from nudge where workflow_id = :workflow_id")


@dataclass(frozen=True)
class Nudge:
    """What a workflow is told: how the row that it watches stands since a change."""

    workflow: str
    workflow_id: str
    site: str
    plan: WakePlan


async def owe(connection: AsyncConnection, nudges: Iterable[Nudge]) -> None:
    """Owe workflows their nudges, one each; an older one that is still owed is replaced.

    Their rows are locked in the order of their ids, as every transaction does.
    """
    owed = sorted(nudges, key=lambda nudge: nudge.workflow_id)
    if not owed:
        return
    await connection.execute(
        _owe,
        {
            "workflow_ids": [one.workflow_id for one in owed],
            "workflows": [one.workflow for one in owed],
            "sites": [one.site for one in owed],
            "revisions": [one.plan.revision for one in owed],
            "moments": [one.plan.wake_at for one in owed],
            "open": [one.plan.open for one in owed],
            "channel": CHANNEL,
        },
    )


def owed_for(service: str, obligation_id: UUID | str) -> str:
    """Return what the nudge of an obligation is kept under."""
    return f"{service}-obligation-{obligation_id}"


async def settle(connection: AsyncConnection, workflow_id: str) -> None:
    """Owe no nudge any more: whoever advances the row, under its lock, has seen every change so far."""
    await connection.execute(_settle, {"workflow_id": workflow_id})
