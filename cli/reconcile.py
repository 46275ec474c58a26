"""`./homeward reconcile`: what was lost on the way between the database, the stream and Temporal, and its repair."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.running import DATA, Data, answering
from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from operations.looking import Looker
from operations.repairing import repair
from operations.troubles import Repair, Trouble, counted

app = typer.Typer(add_completion=False)
SHOWN = 40
MENDED_SECONDS = 60.0


@app.command()
def reconcile(
    apply: Annotated[
        bool, typer.Option("--apply/--dry-run", help="Do the repairs; --dry-run, which shows them alone, unless given.")
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
    console = Console(highlight=False)
    with answering(data):
        async with Looker.open(endpoints) as looker:
            found = await looker.look_twice()
            show(console, found)
            if not (found and apply):
                return len(found)
            await repair(endpoints, found)
            left = await _left(looker)
    console.print("all of it is repaired" if not left else "[red]this is left:[/red]")
    if left:
        show(console, left)
    return len(left)


async def _left(looker: Looker) -> list[Trouble]:
    """What is there after the services have had the time to do their part."""
    async with asyncio.timeout(MENDED_SECONDS * 2):
        began = asyncio.get_running_loop().time()
        while left := [one for one in await looker.look_twice() if one.repair is not Repair.NONE]:
            if asyncio.get_running_loop().time() - began > MENDED_SECONDS:
                return left
    return await looker.look_twice()


def show(console: Console, found: Sequence[Trouble]) -> None:
    if not found:
        console.print("nothing to repair: every event is on the stream, every open row is watched")
        return
    table = Table("Repair", "What")
    for trouble in found[:SHOWN]:
        table.add_row(trouble.repair, trouble.says)
    if len(found) > SHOWN:
        table.add_row("…", f"and {len(found) - SHOWN} more")
    console.print(table)
    console.print(", ".join(f"{repair}: {count}" for repair, count in counted(found).items() if count))
