"""`./homeward token`: a bearer token of the development issuer, alone on standard output."""

import asyncio
from typing import Annotated

import typer

from cli.running import DATA, Data, duration, known_sites, token
from shared.auth import Role

app = typer.Typer(add_completion=False)


@app.command("token")
def make(
    role: Annotated[Role, typer.Option(help="Who the caller is.")],
    site: Annotated[list[str], typer.Option(help="A site that the caller acts for; may be given again.")],
    subject: Annotated[str, typer.Option(help="The caller's opaque id; a participant's is their program id.")] = "",
    valid: Annotated[str, typer.Option(help="For how long, such as 90m, 12h or 7d.")] = "12h",
    data: Data = DATA,
) -> None:
    """Make a bearer token for the HTTP APIs of the Homeward on a data folder."""
    if role == "participant" and not subject:
        raise typer.BadParameter("a participant's token needs --subject, their program id")
    typer.echo(asyncio.run(token(data, subject or f"{role}-1", role, known_sites(site), duration(valid))))
