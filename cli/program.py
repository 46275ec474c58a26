"""`./homeward program show`: where one person stands, what is next and why."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from cli import screen
from cli.people import program_id
from cli.running import DATA, Data, api, known_sites
from embedded.errors import EmbeddedError

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def program() -> None:
    """One person's program."""


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="The program's id, or the referral's reference such as R-01.")],
    next: Annotated[int, typer.Option("--next", min=1, help="How many of the coming items to show.")] = 12,
    json: Annotated[bool, typer.Option("--json", help="What the scheduler answers, as it is.")] = False,
    data: Data = DATA,
) -> None:
    """Show a program: its state and phase, what is next and why, and why something is on hold."""
    asyncio.run(_show(data, id, next, json))


async def _show(data: Path, id: str, next: int, json: bool) -> None:
    console = screen.console()
    known_as = await program_id(data, id)
    async with api(data, "scheduler", "auditor", known_sites(None)) as scheduler:
        answer = await scheduler.get(f"/programs/{known_as}")
    if answer.status_code == 404:
        raise EmbeddedError(f"The scheduler knows no program {known_as}; a new referral reaches it within a second.")
    found = answer.raise_for_status().json()
    if json:
        typer.echo(answer.text)
        return
    console.print(f"[bold]{known_as}[/bold]  site {found['site']}  protocol {found['protocol_id']}")
    console.print(f"state [bold]{found['state']}[/bold]  phase [bold]{found['phase']}[/bold]")
    console.print(_ahead(found["next"][:next]) if found["next"] else _waiting(found))
    if more := found["next"][next:]:
        console.print(f"and {len(more)} more: --next {len(found['next'])} shows all of them")


def _ahead(items: list[dict[str, Any]]) -> Table:
    table = screen.table("When", "What", "Why", "Needs", title="Next", whole="What")
    for item in items:
        table.add_row(
            f"{datetime.fromisoformat(item['at']):%a %d %b %Y %H:%M}", item["item"], item["why"], _gates(item)
        )
    return table


def _gates(item: dict[str, Any]) -> str:
    closed = [f"{gate['name']}: {gate['why']}" for gate in item["gates"] if not gate["open"]]
    if closed:
        return "[red]on hold[/red] " + "; ".join(closed)
    return ", ".join(gate["name"] for gate in item["gates"])


def _waiting(found: dict[str, Any]) -> str:
    """Nothing is dated yet, or any more."""
    last = max(found["facts"], key=lambda fact: fact["revision"], default=None)
    since = f" since {datetime.fromisoformat(last['at']):%a %d %b %Y %H:%M}Z ({last['kind']})" if last else ""
    return f"nothing has a date: {found['state'].replace('_', ' ')}{since}"
