"""`./homeward reconcile`: what was lost on the way between the database, the stream and Temporal, and its repair."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import screen
from cli.running import DATA, Data, answering
from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from operations.discrepancies import Discrepancy, counted
from operations.inspection import Inspector
from operations.repairing import repair

app = typer.Typer(add_completion=False)
SHOWN = 40
DONE_WITHIN, LOOK_AGAIN = 60.0, 0.5


@app.command()
def reconcile(
    apply: Annotated[
        bool, typer.Option("--apply/--dry-run", help="Do the repairs; without it they are only shown.")
    ] = False,
    data: Data = DATA,
) -> None:
    """Compare outboxes with the stream, and rows with what Temporal watches; show what needs repair, or repair it.

    Safe while everything runs, and to be repeated: an event is published again under its own id, a row's workflow is
    nudged again or started. Status 1 while anything is left.
    """
    left = asyncio.run(_reconcile(data.absolute(), apply))
    raise typer.Exit(1 if left else 0)


async def _reconcile(data: Path, apply: bool) -> int:
    endpoints = Endpoints.load(data)
    if endpoints.virtual:
        raise EmbeddedError(f"{data} is a rehearsal: its server of virtual time keeps no list of what is open.")
    console = screen.console()
    with answering(data):
        async with Inspector.open(endpoints) as inspector:
            found = await inspector.look_twice()
            show(console, found)
            if not (found and apply):
                return len(found)
            await repair(endpoints, found)
            left = await _left(inspector)
    console.print("all of it is repaired" if not left else "[red]this is left:[/red]")
    if left:
        show(console, left)
    return len(left)


async def _left(inspector: Inspector) -> list[Discrepancy]:
    """What is there after the services have done their part, or had the time to."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DONE_WITHIN):
            while await inspector.is_under_way():  # noqa: ASYNC110 (no service tells us when its outbox is empty)
                await asyncio.sleep(LOOK_AGAIN)
    return await inspector.look_twice()


def show(console: Console, found: Sequence[Discrepancy]) -> None:
    if not found:
        console.print("nothing to repair: every event is on the stream, every open row is watched")
        return
    table = screen.table("Repair", "What")
    for discrepancy in found[:SHOWN]:
        table.add_row(discrepancy.repair, discrepancy.says)
    if len(found) > SHOWN:
        table.add_row("…", f"and {len(found) - SHOWN} more")
    console.print(table)
    console.print(", ".join(f"{repair}: {count}" for repair, count in counted(found).items() if count))
