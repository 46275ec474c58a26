"""`./homeward ledger`: where everybody is, what is owed, and whether it balances."""

import asyncio
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from temporalio.client import Client

from cli import CHECKOUT
from embedded.endpoints import Endpoints
from rehearsal.ledger import Ledger, observing, read_ledger
from rehearsal.tables import ledger_table, owed_table
from shared.clock import RealClock, VirtualClock

app = typer.Typer(add_completion=False)


@app.command("ledger")
def ledger(
    data: Path = typer.Option(CHECKOUT / ".homeward", "--data", help="The data folder of a Homeward that runs."),
) -> None:
    """Count everybody who was referred by their one state, and list what is owed. Status 1 when it does not balance."""
    found = asyncio.run(_read(Endpoints.load(data.absolute())))
    console = Console()
    console.print(ledger_table(found.referred, found.by_state, found.balanced))
    if found.still_owed:
        console.print(owed_table(found))
    for fault in found.faults:
        console.print(f"[red]{fault}[/red]")
    for owed in found.without_owner:
        console.print(f"[red]{owed.kind} of {owed.item} ({owed.service}) has no owner[/red]")
    raise typer.Exit(0 if found.balanced and not found.without_owner else 1)


async def _read(endpoints: Endpoints) -> Ledger:
    async with observing(endpoints) as connection:
        return await read_ledger(connection, await _now(endpoints))


async def _now(endpoints: Endpoints) -> datetime:
    if not endpoints.virtual:
        return await RealClock().now()
    return await VirtualClock(await Client.connect(endpoints.temporal_address)).now()
