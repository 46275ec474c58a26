"""`./homeward ledger`: where everybody is, what is due, and whether it balances; once, or again and again."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client import start_http_server
from temporalio.client import Client

from cli import screen
from cli.running import DATA, SITES, Data, accepted, answering, api
from cli.stopping import stop_when_told
from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from embedded.ports import LOOPBACK, claim
from operations.inspection import Inspector
from operations.stream import OnStream
from operations.watching import Looked, Metrics, Watch
from rehearsal.ledger import Ledger, observing, read_ledger
from rehearsal.tables import ledger_table, owed_table
from shared.clock import RealClock, VirtualClock
from shared.sites import load_sites

app = typer.Typer(add_completion=False)
MOST_TOLD = 100


@app.command("ledger")
def ledger(
    watch: Annotated[bool, typer.Option("--watch", help="Go on looking until Ctrl-C, and repair nothing.")] = False,
    every: Annotated[float, typer.Option("--every", min=1, help="With --watch: seconds between two looks.")] = 15,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", help="With --watch: where Prometheus reads, on loopback; 0: any.")
    ] = None,
    data: Data = DATA,
) -> None:
    """Count everybody who was referred by their one state, and list what is due. Status 1 when it does not balance.

    With --watch the outboxes are compared with the stream, and the rows with what Temporal watches, as well. A ledger
    that does not balance at two looks in a row becomes the coordinator's: an obligation `ledger_broken` of the
    scheduler, told as an event, closed when it balances.
    """
    data = data.absolute()
    if watch:
        with suppress(asyncio.CancelledError):
            asyncio.run(_watch(data, every, metrics_port))
        return
    with answering(data):
        found = asyncio.run(_read(Endpoints.load(data)))
    _show(found)
    raise typer.Exit(0 if found.balanced and not found.without_owner else 1)


def _show(found: Ledger) -> None:
    console = screen.console(highlight=True)
    console.print(ledger_table(found.referred, found.by_state, found.balanced))
    if found.still_owed:
        console.print(owed_table(found))
    for fault in found.faults:
        console.print(f"[red]{fault}[/red]")
    for owed in found.without_owner:
        console.print(f"[red]{owed.kind} of {owed.item} ({owed.service}) has no owner[/red]")


async def _watch(data: Path, every: float, metrics_port: int | None) -> None:
    """Addresses are looked up each time: whoever restarts Homeward need not restart its watch."""
    stop_when_told()
    if Endpoints.load(data).virtual:
        raise EmbeddedError(f"{data} is a rehearsal: its server of virtual time keeps no list of what is open.")
    sites, on_stream = load_sites(SITES), OnStream()
    metrics = Metrics(sites)
    if metrics_port is not None:
        port = claim(metrics_port, "the metrics of the ledger")
        start_http_server(port, addr=LOOPBACK, registry=metrics.registry)
        typer.echo(f"metrics on http://{LOOPBACK}:{port}/metrics")

    async def look() -> Looked:
        endpoints = Endpoints.load(data)
        async with Inspector.open(endpoints, on_stream) as inspector:
            return Looked(await _read(endpoints), await inspector.look())

    async def tell(site: str, faults: Sequence[str]) -> None:
        async with api(data, "scheduler", "auditor", [site]) as scheduler:
            accepted(await scheduler.post("/ledger/looks", json={"site": site, "faults": list(faults)[:MOST_TOLD]}))

    await Watch(look, tell, list(sites), typer.echo, metrics).run(every)


async def _read(endpoints: Endpoints) -> Ledger:
    async with observing(endpoints) as connection:
        return await read_ledger(connection, await _now(endpoints))


async def _now(endpoints: Endpoints) -> datetime:
    if not endpoints.virtual:
        return await RealClock().now()
    return await VirtualClock(await Client.connect(endpoints.temporal_address)).now()
