"""How a command reaches Temporal: the data folder's, or another by its address and the key of its payloads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from cli.given import text_of
from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from shared import temporal
from shared.cipher import Cipher

Address = Annotated[
    str | None, typer.Option("--temporal", metavar="HOST:PORT", help="Another Temporal than the data folder's.")
]
Namespace = Annotated[str, typer.Option("--namespace", help="With --temporal.")]
CodecKey = Annotated[
    Path | None, typer.Option("--codec-key", help="With --temporal: the file with the key of the payloads.")
]


@asynccontextmanager
async def temporal_client(
    data: Path, address: str | None, namespace: str, codec_key: Path | None
) -> AsyncIterator[Client]:
    """A client that can read what the services gave to Temporal."""
    where, key = _where(data, address, codec_key)
    try:
        yield await temporal.connect(where, namespace, key)
    except (RPCError, RuntimeError) as error:
        raise EmbeddedError(f"Temporal on {where} does not answer: {error}") from error


def _where(data: Path, address: str | None, codec_key: Path | None) -> tuple[str, str]:
    if address:
        if codec_key is None:
            raise typer.BadParameter("--temporal needs --codec-key: what Temporal keeps is encrypted")
        return address, _key(codec_key)
    endpoints = Endpoints.load(data)
    if endpoints.virtual:
        raise EmbeddedError(f"{data} is a rehearsal: its server of virtual time keeps no list of what is open.")
    return endpoints.temporal_address, endpoints.secrets.codec_key


def _key(file: Path) -> str:
    key = text_of(file).strip()
    try:
        Cipher(key)
    except ValueError:
        raise EmbeddedError(f"{file} holds no codec key: it is 32 bytes in base64.") from None
    return key
