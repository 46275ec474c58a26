"""`./homeward audit`: who did what, whether the trail is what was written, and what a dose was based on."""

import asyncio
import json as written
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import screen
from cli.audit import trail
from cli.audit.explaining import explain_dose
from cli.audit.trail import Chain
from cli.given import json_of
from cli.people import program_id
from cli.running import DATA, Data, known_sites
from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from rehearsal.ledger import observing

app = typer.Typer(add_completion=False, no_args_is_help=True)
explain = typer.Typer(add_completion=False, no_args_is_help=True, help="Evaluate again, by the rules of that time.")
app.add_typer(explain, name="explain")
Site = Annotated[str | None, typer.Option(help="Only this site.")]
Json = Annotated[bool, typer.Option("--json", help="As data.")]
SHOWN = 20


@app.callback()
def audit() -> None:
    """The audit trail: a chain for each service and site; the hash of each row covers the row before it."""


@app.command()
def verify(
    site: Site = None,
    json: Json = False,
    heads: Annotated[Path | None, typer.Option(help="Heads that `audit head` printed and that were kept.")] = None,
    data: Data = DATA,
) -> None:
    """Say of every chain whether it is what was written, or which row was changed, removed, inserted or moved.

    Status 1 when one is not. Rows rewritten up to the end, with their hashes, are found by heads kept outside.
    """
    kept = json_of(heads, "./homeward audit head", "heads")["heads"] if heads else []
    chains = asyncio.run(_chains(data, site, kept))
    if json:
        typer.echo(written.dumps(_document(chains), indent=2))
    else:
        _print(chains)
    raise typer.Exit(1 if any(chain.breaks for chain in chains) else 0)


@app.command()
def head(site: Site = None, data: Data = DATA) -> None:
    """Print the last row of every chain. Keep it outside of the system: `verify --heads` then knows what it held."""
    chains = asyncio.run(_chains(data, site, []))
    typer.echo(written.dumps({"heads": [trail.head_of(chain) for chain in chains if chain.head]}, indent=2))


@app.command()
def show(
    program: Annotated[str | None, typer.Option(help="Only what was done about this program: id or reference.")] = None,
    site: Site = None,
    last: Annotated[int, typer.Option(min=1, help="So many rows, the newest ones.")] = 50,
    data: Data = DATA,
) -> None:
    """Who did what to whom, when, under which version, and whether it was accepted."""
    rows, every = asyncio.run(_rows(data, program, site, last))
    for row in rows:
        typer.echo(_line(row))
    if len(rows) < every:
        typer.echo(f"newest {len(rows)} of {every}: give --last {every} for all of them", err=True)


@explain.command()
def dose(
    id: Annotated[str, typer.Argument(help="The dose's id, or a program's id or reference with ITEM.")],
    item: Annotated[str | None, typer.Argument(help="Which dose of the program, such as dose:3.")] = None,
    json: Json = False,
    data: Data = DATA,
) -> None:
    """Ask every authority again what it answered before this dose, on the facts and under the protocol of that time.

    Status 1 when an answer was another then than it is now.
    """
    explained = asyncio.run(explain_dose(data, id, item))
    if json:
        typer.echo(written.dumps(explained.document, indent=2))
    else:
        explained.print(screen.console())
    raise typer.Exit(0 if explained.agrees else 1)


async def _chains(data: Path, site: str | None, kept: list[dict[str, Any]]) -> list[Chain]:
    if site:
        known_sites([site])
    async with observing(Endpoints.load(data)) as connection:
        return await trail.read_chains(connection, site, kept)


async def _rows(data: Path, program: str | None, site: str | None, last: int) -> tuple[list[dict[str, Any]], int]:
    """Return the newest rows, the oldest of them first, and how many there are."""
    if site:
        known_sites([site])
    about = str(await program_id(data, program)) if program else None
    async with observing(Endpoints.load(data)) as connection:
        rows, every = await trail.newest(connection, about, site, last)
    if not rows:
        raise EmbeddedError("The audit trail holds no such row.")
    return rows, every


def _line(row: dict[str, Any]) -> str:
    """One row, for eyes and for grep."""
    words = [f"{row['at']:%Y-%m-%d %H:%M:%S}Z", row["site"], f"{row['actor']} ({row['role']})"]
    words += [f"{row['service']} {row['action']}", f"refused: {row['rule']}" if row["rule"] else row["outcome"]]
    words += [pin.partition("#")[0] for pin in row["protocols"]]
    words += [f"{name}={value}" for name, value in row["subjects"].items()]
    return "  ".join(words)


def _print(chains: list[Chain]) -> None:
    console = screen.console()
    table = screen.table("Service", "Site", "Rows", "Last hash", "The chain")
    for chain in chains:
        last = chain.head.hash[:16] if chain.head else ""
        state = f"[red]broken in {len(chain.breaks)}[/red]" if chain.breaks else "is what was written"
        table.add_row(chain.service, chain.site, str(chain.rows), last, state)
    console.print(table)
    for chain in chains:
        for broken in chain.breaks[:SHOWN]:
            console.print(f"[red]{chain.service} {chain.site}: {broken.detail}[/red]")
        if len(chain.breaks) > SHOWN:
            console.print(f"[red]{chain.service} {chain.site}: and {len(chain.breaks) - SHOWN} more[/red]")


def _document(chains: list[Chain]) -> dict[str, Any]:
    return {"sound": not any(chain.breaks for chain in chains), "chains": [trail.document(chain) for chain in chains]}
