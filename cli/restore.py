"""`./homeward restore`: a new data folder of a backup, from which `./homeward up` goes on."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli import CHECKOUT
from cli.running import Data
from cli.up import sole_owner
from embedded.errors import EmbeddedError
from operations.backup.restoring import require_empty, restore
from operations.discrepancies import Repair

app = typer.Typer(add_completion=False)
NEW_DATA = CHECKOUT / ".homeward"


@app.command("restore")
def command(
    folder: Annotated[Path, typer.Argument(help="What `./homeward backup` wrote.")],
    data: Data = NEW_DATA,
    protocols: Annotated[Path, typer.Option(help="Where the protocols are that the cohorts run.")] = CHECKOUT
    / "protocols",
) -> None:
    """Put a backup into a data folder that holds nothing, check that all of it is there, and let all parts agree.

    Refused when the folder holds anything, a file of the backup is damaged, or a cohort's protocol is not here as it
    was. What happened after the recovery point is not in it: who was dosed since then must be entered again first.
    """
    if not folder.is_dir():
        raise EmbeddedError(f"{folder} is no folder: give the one that `./homeward backup` wrote.")
    data = data.absolute()
    with sole_owner(data):
        require_empty(data)
        done = asyncio.run(restore(folder.absolute(), data, protocols.absolute(), typer.echo))
    typer.echo(f"to publish again: {done.put_right[Repair.PUBLISH]}, to start again: {done.put_right[Repair.START]}")
    typer.echo(f"recovery point: {done.manifest.recovery_point:%Y-%m-%d %H:%M:%S}Z, {done.age / 60:.1f} minutes ago")
    typer.echo(f"restored in {done.seconds:.1f} s; go on with `./homeward up --data {data}`")
