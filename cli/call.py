"""`./homeward call`: one request to a service's API, in a role, as any client would send it."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

import typer
from rich.json import JSON

from cli import screen
from cli.running import DATA, Data, accepted, api, known_sites
from embedded.errors import EmbeddedError
from shared import idempotency
from shared.auth import Role
from shared.events import SERVICES

app = typer.Typer(add_completion=False)
Method = Literal["GET", "POST", "PUT", "DELETE"]


@app.command("call")
def call(
    method: Annotated[Method, typer.Argument(help="GET, POST, PUT or DELETE.", case_sensitive=False)],
    url: Annotated[str, typer.Argument(help="A service and its path, such as intake/referrals or scheduler/cohorts.")],
    body: Annotated[str, typer.Argument(help="The JSON to send; `-` reads it from standard input.")] = "",
    role: Annotated[Role, typer.Option("--as", help="Who asks.")] = "auditor",
    site: Annotated[list[str] | None, typer.Option(help="A site that the caller acts for; all unless given.")] = None,
    subject: Annotated[str, typer.Option(help="The caller's opaque id; a participant's is their program id.")] = "",
    only: Annotated[str, typer.Option(help="Print only this part of the answer, such as items.0.site.")] = "",
    data: Data = DATA,
) -> None:
    """Send one request with a development token, and print the answer. Status 1 when it is refused, with the rule."""
    service, _, path = url.strip("/").partition("/")
    if service not in SERVICES:
        raise typer.BadParameter(f"{service!r} is no service: begin the path with one of {', '.join(SERVICES)}")
    if role == "participant" and not subject:
        raise typer.BadParameter("a participant needs --subject, their program id")
    sent = _read(body)
    answer = asyncio.run(_send(data, method, service, f"/{path}", sent, role, known_sites(site), subject or None))
    if only:
        typer.echo(_part(answer, only))
    else:
        screen.console(highlight=True).print(JSON.from_data(answer))


def _read(body: str) -> Any:
    text = sys.stdin.read() if body == "-" else body
    try:
        return json.loads(text) if text else None
    except ValueError as wrong:
        raise typer.BadParameter(f"the body is no JSON: {wrong}") from None


def _part(answer: Any, path: str) -> str:
    """Return what is at a path such as `items.0.site`: names of fields, and numbers in lists, from 0."""
    for name in path.split("."):
        known = answer if isinstance(answer, dict) else dict(enumerate(answer)) if isinstance(answer, list) else {}
        key = int(name) if isinstance(answer, list) and name.isdecimal() else name
        if key not in known:
            there = ", ".join(map(str, known)) or "nothing"
            raise EmbeddedError(f"The answer has no {name!r} there (--only {path}); it has {there}.")
        answer = known[key]
    return answer if isinstance(answer, str) else json.dumps(answer)


async def _send(
    data: Path, method: str, service: str, path: str, body: Any, role: Role, sites: list[str], subject: str | None
) -> dict[str, Any]:
    async with api(data, service, role, sites, subject) as client:
        headers = {} if method == "GET" else {idempotency.HEADER: str(uuid4())}
        return accepted(await client.request(method, path, json=body, headers=headers))
