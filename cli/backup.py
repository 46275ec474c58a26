"""`./homeward backup`: a copy of a Homeward that runs, in a folder of its own."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.running import DATA, Data, answering
from embedded.endpoints import Endpoints
from operations.backup.taking import take

app = typer.Typer(add_completion=False)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder. It will hold names and contacts: keep it like those.")],
    data: Data = DATA,
) -> None:
    """Copy both streams and then the database, while everything goes on; print the recovery point.

    Temporal is not copied: every workflow starts again from its row. Not copied either: the keys of the data folder
    and the mail that was sent. `./homeward restore` makes a new data folder of it.
    """
    with answering(data):
        manifest = asyncio.run(take(Endpoints.load(data.absolute()), folder.absolute(), typer.echo))
    people = ", ".join(f"{count} {state}" for state, count in manifest.snapshot.people.items()) or "nobody"
    typer.echo(f"people: {people}")
    typer.echo(f"recovery point: {manifest.recovery_point:%Y-%m-%d %H:%M:%S}Z, taken in {manifest.seconds:.1f} s")
