"""`./homeward protocol sign-off`: a medical director signs one flagged clinical value of a version off, at a site."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.protocol.releasing import PROTOCOLS, named, standing
from cli.running import DATA, Data, accepted, api

Site = Annotated[str, typer.Option(help="The site that it is signed off at.")]


def sign_off(
    name: Annotated[str, typer.Argument(help="The version, such as weekly6@1.0.0.")],
    path: Annotated[
        str, typer.Argument(help="The value, such as dosing.weight_dated_within: `protocol show` lists all.")
    ],
    site: Site,
    login: Annotated[str, typer.Option(help="The medical director's own login.")],
    reason: Annotated[str, typer.Option(help="Why this value is right at this site.")],
    signer: Annotated[str, typer.Option("--name", help="The medical director's name, as it is printed.")],
    meaning: Annotated[str, typer.Option(help="What the signature means.")] = "I have reviewed and accept this value.",
    directory: Annotated[Path, typer.Option(help="Where the protocol files are.")] = PROTOCOLS,
    data: Data = DATA,
) -> None:
    """Sign off one flagged value. It holds for exactly this content: an edited version starts with none signed off."""
    protocol = named(name, directory)
    body = {
        "site": site,
        "content_hash": protocol.content_hash,
        "path": path,
        "reason": reason,
        "signature": {"name": signer, "meaning": meaning},
    }
    found = asyncio.run(
        _sign(data, site, login, f"/protocols/{protocol.id}/versions/{protocol.version}/sign-offs", body)
    )
    typer.echo(f"{path} of {protocol.id} {protocol.version} is signed off at {site} by {signer}")
    typer.echo(standing(found))


async def _sign(data: Path, site: str, login: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with api(data, "scheduler", "medical_director", [site], login) as scheduler:
        accepted(await scheduler.post(path, json=body))
        return accepted(await scheduler.get(path, params={"site": site}))
