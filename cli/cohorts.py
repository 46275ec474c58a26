"""`./homeward cohorts`: which groups there are, where one stands, and opening another."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from cli import screen
from cli.people import references
from cli.running import DATA, Data, accepted, api, every, known_sites
from shared.auth import Role

app = typer.Typer(add_completion=False, no_args_is_help=True)
Site = Annotated[str, typer.Option(help="Only this site.")]


@app.callback()
def cohorts() -> None:
    """The groups that go through a program together."""


@app.command("list")
def list_all(site: Site = "", data: Data = DATA) -> None:
    """List the cohorts, the earliest start first."""
    found = asyncio.run(_all(data, known_sites([site] if site else None)))
    if not found:
        typer.echo("There is no cohort: `./homeward cohorts open` opens one.")
        return
    screen.console().print(_list(found))


@app.command()
def show(id: Annotated[UUID, typer.Argument(help="The cohort's id.")], data: Data = DATA) -> None:
    """Show a cohort: its seats with who has them, and its calendar in the site's time."""
    _print(*asyncio.run(_shown(data, id)))


@app.command("open")
def open_one(
    site: Annotated[str, typer.Option(help="Where.")],
    protocol: Annotated[str, typer.Option(help="Which program, such as weekly6.")],
    starts_on: Annotated[str, typer.Option(help="The first day, such as 2030-01-14.")],
    seats: Annotated[int, typer.Option(help="How many people may join.")],
    theme: Annotated[str, typer.Option(help="What sets this group apart from others that start on that day.")] = "",
    given: Annotated[
        list[str] | None, typer.Option("--input", help="What the protocol asks of each cohort, as NAME=NUMBER.")
    ] = None,
    data: Data = DATA,
) -> None:
    """Open a cohort with a calendar from its protocol; people who are waiting are offered its seats."""
    body: dict[str, Any] = {"site": site, "protocol_id": protocol, "starts_on": starts_on, "capacity": seats}
    body |= {"theme": theme} if theme else {}
    body |= {"inputs": _inputs(given)} if given else {}
    opened = asyncio.run(_ask(data, "coordinator", known_sites([site]), "POST", "/cohorts", body))
    _print(opened, {})


def _inputs(given: list[str]) -> dict[str, int]:
    pairs = [each.partition("=") for each in given]
    for name, _, number in pairs:
        if not (name and number.isdecimal()):
            raise typer.BadParameter(
                f"{name!r}: an input is NAME=NUMBER, such as first_dose_week=3", param_hint="--input"
            )
    return {name: int(number) for name, _, number in pairs}


async def _all(data: Path, sites: list[str]) -> list[dict[str, Any]]:
    async with api(data, "scheduler", "auditor", sites) as scheduler:
        return await every(scheduler, "/cohorts")


async def _shown(data: Path, id: UUID) -> tuple[dict[str, Any], dict[str, str]]:
    found = await _ask(data, "auditor", known_sites(None), "GET", f"/cohorts/{id}")
    return found, await references(data) if any(seat["program_id"] for seat in found["seats"]) else {}


async def _ask(
    data: Path, role: Role, sites: list[str], method: str, path: str, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    async with api(data, "scheduler", role, sites) as scheduler:
        return accepted(await scheduler.request(method, path, json=body))


def _print(cohort: Mapping[str, Any], known_as: Mapping[str, str]) -> None:
    console = screen.console()
    console.print(f"[bold]{cohort['cohort_id']}[/bold]  {cohort['protocol_id']} {cohort['protocol_version']}")
    console.print(f"site {cohort['site']}  starts on {cohort['starts_on']}  {_status(cohort)}")
    console.print(_seats(cohort, known_as), _calendar(cohort))


def _list(cohorts: list[dict[str, Any]]) -> Table:
    rows = screen.table("Cohort", "Site", "Protocol", "Starts on", "Seats", "Status", whole="Cohort", framed=False)
    for each in cohorts:
        protocol = f"{each['protocol_id']} {each['protocol_version']}"
        rows.add_row(each["cohort_id"], each["site"], protocol, each["starts_on"], str(each["capacity"]), _status(each))
    return rows


def _status(cohort: Mapping[str, Any]) -> str:
    if cohort["cancelled_at"]:
        return "cancelled"
    return "closed" if cohort["closed_at"] else "open"


def _seats(cohort: Mapping[str, Any], known_as: Mapping[str, str]) -> Table:
    rows = screen.table("Seat", "State", "Who", "Offer ends", title="Seats")
    for seat in cohort["seats"]:
        who = known_as.get(seat["program_id"], seat["program_id"]) if seat["program_id"] else ""
        ends = _local(seat["expires_at"], cohort["zone"]) if seat["expires_at"] else ""
        rows.add_row(str(seat["number"]), seat["state"], who, ends)
    return rows


def _calendar(cohort: Mapping[str, Any]) -> Table:
    rows = screen.table("When", "What", "Kind", "Session", title=f"Calendar, {cohort['zone']} time", whole="Session")
    for session in cohort["sessions"]:
        when = _local(session["starts_at"], cohort["zone"])
        rows.add_row(when, session["item"], session["kind"], session["session_id"])
    return rows


def _local(instant: str, zone: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M}"
