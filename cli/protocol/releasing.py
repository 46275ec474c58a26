"""`./homeward protocol release`: a site takes a new version into use, signed."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.running import DATA, Data, accepted, api
from embedded.errors import EmbeddedError
from shared.protocol.library import ProtocolGone, ProtocolLibrary
from shared.protocol.model import Protocol

PROTOCOLS = Path(__file__).parents[2] / "protocols"


def release(
    name: Annotated[str, typer.Argument(help="The version, such as weekly6@1.1.0.")],
    site: Annotated[str, typer.Option(help="The site that takes it into use.")],
    author: Annotated[str, typer.Option(help="Who wrote it.")],
    reason: Annotated[str, typer.Option(help="Why it was written.")],
    signer: Annotated[str, typer.Option("--name", help="The signer's name, as it is printed.")],
    meaning: Annotated[str, typer.Option(help="What the signature means.")] = "I have reviewed and approve this.",
    directory: Annotated[Path, typer.Option(help="Where the protocol files are.")] = PROTOCOLS,
    data: Data = DATA,
) -> None:
    """Sign a new version for a site of a running Homeward; its cohorts may then be opened with it, or amended to it."""
    protocol = named(name, directory)
    body = {
        "site": site,
        "content_hash": protocol.content_hash,
        "author": author,
        "reason": reason,
        "signature": {"name": signer, "meaning": meaning},
    }
    path = f"/protocols/{protocol.id}/versions/{protocol.version}/release"
    released = asyncio.run(_release(data, site, path, body))
    typer.echo(f"{protocol.id} {released['version']} is released at {site}: {released['hash']}")
    for difference in released["release"]["differences"]:
        typer.echo(f"  {difference['sentence']}")
    if unsigned := released["release"]["unsigned"]:
        typer.echo(f"{len(unsigned)} of its flagged values are not signed off at {site}: ./homeward protocol sign-off")


def named(name: str, directory: Path) -> Protocol:
    """Return the version that `id@version` names, or the latest of `id`; raises EmbeddedError when there is none."""
    id, _, version = name.partition("@")
    library = ProtocolLibrary(directory)
    try:
        return library.published(id, version) if version else library.latest(id)
    except (KeyError, ProtocolGone) as wrong:
        raise EmbeddedError(wrong.detail if isinstance(wrong, ProtocolGone) else wrong.args[0]) from None


async def _release(data: Path, site: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with api(data, "scheduler", "prescriber", [site]) as scheduler:
        return accepted(await scheduler.post(path, json=body))
