"""`./homeward zones`: what newer zone data changes in booked calendars, and confirming it."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from cli import screen
from cli.running import DATA, Data, accepted, api, known_sites

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def zones() -> None:
    """Keep booked calendars true to the clocks on the wall."""


@app.command()
def replan(
    apply: bool = typer.Option(False, "--apply/--dry-run", help="Move the sessions; without it they are only shown."),
    yes: bool = typer.Option(False, "--yes", help="Confirm without being asked."),
    data: Data = DATA,
) -> None:
    """Show every booked session whose time on the wall is another instant by the installed zone data; move them."""
    shown = asyncio.run(_ask(data, None))
    _show(shown)
    if not apply or not shown["calendars"]:
        return
    if not yes:
        typer.confirm("Move these sessions and tell everybody?", abort=True)
    asyncio.run(_ask(data, shown["content_hash"]))
    typer.echo("moved; members get a message, reminders follow")


async def _ask(data: Path, confirmed: str | None) -> dict[str, Any]:
    async with api(data, "scheduler", "coordinator", known_sites(None)) as scheduler:
        path = "/calendars/replan"
        if confirmed is None:
            return accepted(await scheduler.get(path))
        return accepted(await scheduler.post(path, json={"content_hash": confirmed}))


def _show(shown: dict[str, Any]) -> None:
    console = screen.console()
    console.print(f"zone data [bold]{shown['tzdata']}[/bold]")
    for calendar in shown["calendars"]:
        zone = ZoneInfo(calendar["zone"])
        title = f"{calendar['site']} {calendar['zone']} cohort {calendar['cohort_id']}"
        table = screen.table("Session", "On the wall as booked", "As planned", "UTC", title=title)
        for session in calendar["sessions"]:
            booked, planned = (datetime.fromisoformat(session[when]) for when in ("booked", "planned"))
            walls = (f"{moment.astimezone(zone):%a %d %b %Y %H:%M %Z}" for moment in (booked, planned))
            table.add_row(session["item"], *walls, f"{booked:%H:%M} -> {planned:%H:%M}")
        console.print(table)
    if not shown["calendars"]:
        console.print("every booked session is where the clocks on the wall say")
