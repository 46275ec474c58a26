"""What commands need of a Homeward that runs on this machine: its data folder, a token, its streams."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import httpx
import nats
import typer
from nats.aio.client import Client
from nats.errors import NoServersError
from temporalio.client import Client as Temporal
from temporalio.service import RPCError

from cli import CHECKOUT
from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from shared.auth import Issuer, Role
from shared.clock import VirtualClock
from shared.sites import load_sites

SITES = CHECKOUT / "deploy" / "sites.yaml"
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
Data = Annotated[
    Path,
    typer.Option("--data", envvar="HOMEWARD_DATA", help="The data folder; .homeward in the checkout unless given."),
]
DATA = CHECKOUT / ".homeward"


def duration(text: str) -> timedelta:
    """`90m`, `12h` or `7d`."""
    found = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no length of time: write for example 90m, 12h or 7d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def known_sites(wanted: list[str] | None) -> list[str]:
    """The sites asked for, or all of them; an unknown one is a mistake."""
    known = load_sites(SITES)
    for site in wanted or ():
        if site not in known:
            raise typer.BadParameter(f"there is no site {site!r}; the sites are {', '.join(known)}")
    return wanted or list(known)


async def token(data: Path, subject: str, role: Role, sites: list[str], valid: timedelta) -> str:
    """A token of the development issuer whose key is in the data folder."""
    key, public = data / "issuer.json", data / "jwks.json"
    if not key.exists():
        raise EmbeddedError(f"{data} holds no key to sign with: start Homeward with `./homeward up --data {data}`.")
    return Issuer.load_or_create(key, public).token(subject, role, sites, await _now(data), valid)


async def _now(data: Path) -> datetime:
    """The time that the services live in: a rehearsal's when one was kept, else everybody's."""
    try:
        endpoints = Endpoints.load(data)
    except EmbeddedError:
        return datetime.now(UTC)
    if not endpoints.virtual:
        return datetime.now(UTC)
    return await VirtualClock(await Temporal.connect(endpoints.temporal_address)).now()


@asynccontextmanager
async def api(
    data: Path, service: str, role: Role, sites: list[str], subject: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of one service's API that says who asks: `cli-<role>`, unless another subject is given."""
    endpoints = Endpoints.load(data)
    bearer = await token(data, subject or f"cli-{role}", role, sites, timedelta(minutes=5))
    headers = {"Authorization": f"Bearer {bearer}"}
    try:
        async with httpx.AsyncClient(base_url=endpoints.services[service], headers=headers, timeout=10) as client:
            yield client
    except httpx.TransportError as error:
        raise EmbeddedError(_silent(data, f"The {service} service", endpoints.services[service])) from error


def accepted(answer: httpx.Response) -> dict[str, Any]:
    """The answer; a refusal is said with its rule and its field."""
    found: dict[str, Any] = answer.json()
    if answer.is_success:
        return found
    if answer.status_code == HTTPStatus.NOT_FOUND and not found.get("rule"):
        asked = answer.request
        raise EmbeddedError(
            f"There is no {asked.method} {asked.url.path}: the API is described at {asked.url.join('/docs')}."
        )
    about = " ".join(found[name] for name in ("rule", "field") if found.get(name))
    raise EmbeddedError(f"Refused ({about or answer.status_code}): {found['detail']}")


async def every(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Return every row of a list, page after page."""
    rows: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = accepted(await client.get(path, params=after))
        rows += page["items"]
        if page["next"] is None:
            return rows
        after = {"after": page["next"]}


@asynccontextmanager
async def wire(data: Path, user: str) -> AsyncIterator[Client]:
    """A NATS connection as `observer`, who reads, or as `admin`."""
    endpoints = Endpoints.load(data)
    try:
        connection = await nats.connect(
            endpoints.nats_url,
            user=user,
            password=endpoints.nats_password(user),
            inbox_prefix=f"_INBOX.{user}",
            allow_reconnect=False,
            error_cb=_be_quiet,
        )
    except (OSError, NoServersError) as error:
        raise EmbeddedError(_silent(data, "NATS", endpoints.nats_url)) from error
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def answering(data: Path) -> Iterator[None]:
    """Whoever does not answer in this block is told of in a sentence."""
    try:
        yield
    except EmbeddedError:
        raise
    except (OSError, NoServersError, RPCError, RuntimeError) as error:
        raise EmbeddedError(
            f"What runs on {data} does not answer ({error}): start Homeward again with `./homeward up --data {data}`."
        ) from error


async def _be_quiet(_: Exception) -> None:
    """What goes wrong is raised where it is awaited."""


def _silent(data: Path, who: str, address: str) -> str:
    return f"{who} does not answer on {address}: start Homeward again with `./homeward up --data {data}`."
