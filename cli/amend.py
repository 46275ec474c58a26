"""`./homeward amend`: what a protocol's new version would do to a cohort that runs, and doing it, signed."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from cli import screen
from cli.given import json_of
from cli.people import references
from cli.running import DATA, Data, accepted, api, known_sites

app = typer.Typer(add_completion=False, no_args_is_help=True)
CohortId = Annotated[UUID, typer.Option("--cohort", help="The cohort's id.")]
Version = Annotated[str, typer.Option("--to", help="The version to follow, such as 1.1.0.")]
COLOURS = {"added": "green", "moved": "yellow", "dropped": "red", "re_gated": "cyan"}

SIGNED = ("inputs", "revisions", "content_hash")
"""What a signature is over."""


@app.callback()
def amend() -> None:
    """Let a cohort that runs follow another version of its protocol."""


@app.command()
def preview(
    cohort: CohortId,
    to: Version,
    json: Annotated[Path | None, typer.Option("--json", help="Also keep the preview here, for `apply`.")] = None,
    data: Data = DATA,
) -> None:
    """Show what the version says otherwise and, for every participant, each item that would change. Changes nothing."""
    shown = asyncio.run(_ask(data, "auditor", f"/cohorts/{cohort}/amendments/preview", {"to_version": to}))
    _show(shown, asyncio.run(references(data)))
    if json:
        json.write_text(_written(shown))
        typer.echo(f"kept in {json}")


@app.command()
def apply(
    cohort: CohortId,
    to: Version,
    reason: Annotated[str, typer.Option(help="Why the protocol is amended.")],
    name: Annotated[str, typer.Option(help="The signer's name, as it is printed.")],
    meaning: Annotated[str, typer.Option(help="What the signature means.")] = "I have reviewed and approve this.",
    preview: Annotated[Path | None, typer.Option(help="A kept preview; without it one is shown and confirmed.")] = None,
    data: Data = DATA,
) -> None:
    """Apply a preview with a signature. Refused when anything has changed since; again after a crash finishes it."""
    if preview:
        shown = json_of(preview, "./homeward amend preview --json", *SIGNED)
    else:
        shown = asyncio.run(_ask(data, "auditor", f"/cohorts/{cohort}/amendments/preview", {"to_version": to}))
        _show(shown, asyncio.run(references(data)))
        typer.confirm(f"Sign and apply {to} to this cohort?", abort=True)
    body = {"to_version": to, "reason": reason, "signature": {"name": name, "meaning": meaning}}
    body |= {field: shown[field] for field in SIGNED}
    made = asyncio.run(_ask(data, "prescriber", f"/cohorts/{cohort}/amendments", body))
    typer.echo(f"amendment {made['amendment_id']}: {made['from_version']} -> {made['to_version']}")


async def _ask(data: Path, role: Any, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with api(data, "scheduler", role, known_sites(None)) as scheduler:
        return accepted(await scheduler.post(path, json=body))


def _written(shown: dict[str, Any]) -> str:
    return json.dumps(shown, indent=2) + "\n"


def _show(shown: dict[str, Any], references: Mapping[str, str]) -> None:
    console = screen.console()
    console.print(f"[bold]{shown['protocol_id']} {shown['from_version']} -> {shown['to_version']}[/bold]")
    for one in shown["differences"]:
        console.print(f"{one['section']}: {one['sentence']}", markup=False)
    for program in shown["programs"]:
        console.print(_table(program, references, ZoneInfo(shown["zone"])))
    changed = sum(len(program["changes"]) for program in shown["programs"])
    said = f"{len(shown['differences'])} differences between the versions, {changed} changes ahead of "
    console.print(f"{said}{len(shown['programs'])} people; content {shown['content_hash'][:12]}")
    if not shown["released"]:
        version = f"{shown['protocol_id']}@{shown['to_version']}"
        console.print(f"[red]{version} is not released at this site:[/red] it cannot be applied before it is signed")


def _table(program: dict[str, Any], references: Mapping[str, str], zone: ZoneInfo) -> Table:
    title = f"{references.get(program['program_id'], program['program_id'])} ({program['state']})"
    table = screen.table("Item", "Change", "Before", "After", title=title)
    for change in program["changes"]:
        colour = COLOURS[change["change"]]
        word = f"[{colour}]{change['change'].replace('_', '-')}[/{colour}]"
        table.add_row(change["item"], word, _planned(change["before"], zone), _planned(change["after"], zone))
    if not program["changes"]:
        table.add_row("no item moves", "", "", "")
    return table


def _planned(planned: dict[str, Any] | None, zone: ZoneInfo) -> str:
    if planned is None:
        return "-"
    at = datetime.fromisoformat(planned["at"]).astimezone(zone)
    closed = [gate["name"] for gate in planned["gates"] if not gate["open"]]
    return f"{at:%a %d %b %Y %H:%M}" + (f" held by {', '.join(closed)}" if closed else "")
