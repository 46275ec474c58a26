"""Taking a backup of a Homeward that runs: nobody has to stop for it."""

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from nats.aio.client import ServerVersion

from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from embedded.services import ROOT
from operations.access import streams
from operations.backup import database
from operations.backup.database import Admin
from operations.backup.manifest import Copied, CopiedStream, Manifest
from operations.backup.streams import copy
from shared.handlers import DEAD_LETTERS
from shared.relay import STREAM

DUMP = "database.dump"


async def take(endpoints: Endpoints, folder: Path, say: Callable[[str], None]) -> Manifest:
    """The streams first, the database last, the manifest when both are whole."""
    began = monotonic()
    prepare(folder)
    copies: dict[str, CopiedStream] = {}
    async with streams(endpoints) as nats:
        for stream in (STREAM, DEAD_LETTERS):
            copies[stream] = await copy(nats, stream, folder)
            say(f"{stream}: {copies[stream].messages} messages")
        nats_version = _release(nats.connected_server_version)
    admin = Admin(
        endpoints.postgres_host, endpoints.postgres_port, endpoints.postgres_admin_password, endpoints.database
    )
    async with admin.connection() as connection:
        postgres_version = await connection.fetchval("show server_version")
    recovery_point = datetime.now(UTC)
    snapshot = await database.dump(admin, folder / DUMP)
    say(f"database: {sum(snapshot.tables.values())} rows in {len(snapshot.tables)} tables")
    manifest = Manifest(
        recovery_point=recovery_point,
        seconds=round(monotonic() - began, 1),
        homeward=version(),
        postgres=postgres_version,
        nats=nats_version,
        database=Copied.of(folder / DUMP),
        snapshot=snapshot,
        streams=copies,
    )
    manifest.save(folder)
    return manifest


def prepare(folder: Path) -> None:
    """A folder for nobody else: names and contacts will be in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise EmbeddedError(f"{folder} is not empty: give a new folder for each backup.")


def version() -> str:
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return found


def _release(server: ServerVersion) -> str:
    return f"{server.major}.{server.minor}.{server.patch}"
