"""`./homeward builds`: which build of each service is current, and what still runs on earlier ones."""

import asyncio
from pathlib import Path

import typer
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion

from cli import screen
from cli.running import DATA, Data
from cli.temporal_client import Address, CodecKey, Namespace, temporal_client
from shared.events import SERVICES
from shared.worker_versions import deployment_of, describe, pinned_to

app = typer.Typer(add_completion=False)


@app.command()
def builds(
    data: Data = DATA, address: Address = None, namespace: Namespace = "default", codec_key: CodecKey = None
) -> None:
    """Show each service's builds: which is current, since when, and how many open runs each has.

    An old build may be switched off once no run is left on it. If it is switched off before, the current build starts
    its runs again after two minutes.
    """
    asyncio.run(_show(data, address, namespace, codec_key))


async def _show(data: Path, address: str | None, namespace: str, codec_key: Path | None) -> None:
    table = screen.table("Service", "Build", "Is", "Current from", "Open runs")
    async with temporal_client(data, address, namespace, codec_key) as client:
        for service in SERVICES:
            for row in await _rows(client, service):
                table.add_row(service, *row)
    screen.console().print(table)


async def _rows(client: Client, service: str) -> list[tuple[str, str, str, str]]:
    """Return the current build, and the earlier ones that still have open runs."""
    described = await describe(client, deployment_of(service))
    if described is None:
        return []
    deployment = described.worker_deployment_info
    holder = deployment.routing_config.current_deployment_version.build_id
    rows = []
    for known in sorted(deployment.version_summaries, key=lambda known: -known.last_current_time.seconds):
        build = known.deployment_version.build_id
        runs = (await client.count_workflows(pinned_to(WorkerDeploymentVersion(deployment.name, build)))).count
        if build == holder or runs:
            took = (
                f"{known.last_current_time.ToDatetime():%Y-%m-%d %H:%M}Z" if known.HasField("last_current_time") else ""
            )
            rows.append((build, "current" if build == holder else "earlier", took, str(runs)))
    return rows
