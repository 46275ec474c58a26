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
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked again.")] = False,
    directory: Annotated[Path, typer.Option(help="Where the protocol files are.")] = PROTOCOLS,
    data: Data = DATA,
) -> None:
    """Sign a new version for a site of a running Homeward; its cohorts may then be opened with it, or amended to it.

    How many of its flagged values nobody has signed off there is said before you sign.
    """
    protocol = named(name, directory)
    typer.echo(standing(asyncio.run(signed_off(data, site, protocol.id, protocol.version))))
    if not yes:
        typer.confirm(f"Release {protocol.id} {protocol.version} at {site}, signed by {signer}?", abort=True)
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


def named(name: str, directory: Path) -> Protocol:
    """Return the version that `id@version` names, or the latest of `id`; raises EmbeddedError when there is none."""
    id, _, version = name.partition("@")
    library = ProtocolLibrary(directory)
    try:
        return library.published(id, version) if version else library.latest(id)
    except (KeyError, ProtocolGone) as wrong:
        raise EmbeddedError(wrong.detail if isinstance(wrong, ProtocolGone) else wrong.args[0]) from None


def standing(found: dict[str, Any]) -> str:
    """Say how many of a version's flagged values wait for a medical director at a site."""
    return (
        f"{len(found['unsigned'])} of {found['flagged']} flagged values of {found['protocol_id']} {found['version']} "
        f"are not signed off at {found['site']}"
    )


async def signed_off(data: Path, site: str, id: str, version: str) -> dict[str, Any]:
    """Return what is signed off of a version at a site, and what is not."""
    async with api(data, "scheduler", "auditor", [site]) as scheduler:
        return accepted(await scheduler.get(f"/protocols/{id}/versions/{version}/sign-offs", params={"site": site}))


async def _release(data: Path, site: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with api(data, "scheduler", "prescriber", [site]) as scheduler:
        return accepted(await scheduler.post(path, json=body))
