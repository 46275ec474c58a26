"""Making a new Homeward of a backup: its database and its streams, agreeing; Temporal starts again from the rows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from uuid import UUID

from embedded.endpoints import UNFINISHED
from embedded.errors import EmbeddedError
from embedded.stack import DATABASE, Stack
from operations.access import streams
from operations.backup import database
from operations.backup.database import Admin
from operations.backup.manifest import Manifest, differences, missing_protocols
from operations.backup.streams import event_ids, put_back
from operations.discrepancies import Discrepancy, NotFromHere, Repair, Seen, counted, find_discrepancies
from operations.inspection import read_database
from operations.repairing import repair
from shared.protocol.library import ProtocolLibrary
from shared.provision import provision_nats, provision_roles
from shared.relay import STREAM

GUARD = "up.lock"


@dataclass(frozen=True)
class Restored:
    """What came back: how old it is and how long that took, in seconds, and what was put right."""

    manifest: Manifest
    age: float
    seconds: float
    put_right: dict[Repair, int]


async def restore(folder: Path, data: Path, protocols: Path, say: Callable[[str], None]) -> Restored:
    """A data folder that `up` goes on from. Refused when it holds anything, and whenever anything does not agree."""
    began = monotonic()
    manifest = Manifest.load(folder)
    _require_protocols(manifest, protocols)
    require_empty(data)
    (data / UNFINISHED).touch()
    stack = Stack(data, virtual=False)
    async with _ground(stack):
        await provision_roles(stack.provisioning)
        await _put_back_database(stack, manifest, folder)
        say(f"database: {sum(manifest.snapshot.tables.values())} rows")
        await provision_nats(stack.provisioning)
        await _put_back_streams(stack, manifest, folder, say)
        found = await _disagreements(stack, event_ids(folder / manifest.streams[STREAM].file.name))
        await repair(stack.endpoints, found)
    (data / UNFINISHED).unlink()
    return Restored(manifest, manifest.age(datetime.now(UTC)), monotonic() - began, counted(found))


def require_empty(data: Path) -> None:
    """Nothing may be lost by a restore."""
    data.mkdir(parents=True, exist_ok=True)
    found = sorted(file.name for file in data.iterdir() if file.name != GUARD)
    if UNFINISHED in found:
        raise EmbeddedError(f"A restore into {data} was not finished: remove that folder, and restore again.")
    if found:
        raise EmbeddedError(f"{data} is not empty ({', '.join(found)}): a restore needs a new data folder.")


def _require_protocols(manifest: Manifest, protocols: Path) -> None:
    library = ProtocolLibrary(protocols)
    known = {f"{one.id}@{one.version}": one.content_hash for one in library.all()}
    if missing := missing_protocols(manifest.snapshot, known):
        raise EmbeddedError(f"Cohorts run protocols that {protocols} does not hold as they were: {', '.join(missing)}.")


@asynccontextmanager
async def _ground(stack: Stack) -> AsyncIterator[None]:
    """PostgreSQL and NATS alone: nobody acts on what is half there."""
    try:
        await asyncio.gather(stack.postgres.start(), stack.nats.start())
        yield
    finally:
        await asyncio.gather(stack.nats.stop(), stack.postgres.stop())


async def _put_back_database(stack: Stack, manifest: Manifest, folder: Path) -> None:
    admin = Admin(stack.postgres.host, stack.postgres.port, stack.postgres.password, DATABASE)
    await database.put_back(admin, folder / manifest.database.name)
    async with admin.connection() as connection:
        restored = await database.snapshot_of(connection)
    if differing := differences(manifest.snapshot, restored):
        raise EmbeddedError(f"The database did not come back as it was: {'; '.join(differing)}.")


async def _put_back_streams(stack: Stack, manifest: Manifest, folder: Path, say: Callable[[str], None]) -> None:
    async with streams(stack.endpoints, "admin") as nats:
        for name, copied in manifest.streams.items():
            done = await put_back(nats, name, copied, folder)
            say(f"{name}: {done.stored} messages" + (f", {done.repeated} of them twice" if done.repeated else ""))


async def _disagreements(stack: Stack, on_stream: frozenset[UUID]) -> list[Discrepancy]:
    """Published after the stream was copied: to be published again. Every open row: watched by nobody yet."""
    outboxes, rows = await read_database(stack.endpoints)
    open_rows = {row.workflow_id for found in rows.values() for row in found if row.open}
    found = find_discrepancies(Seen(datetime.now(UTC), outboxes, on_stream, [], rows, open_rows))
    if strangers := [discrepancy for discrepancy in found if isinstance(discrepancy, NotFromHere)]:
        raise EmbeddedError(f"{len(strangers)} events of the copied stream are in no outbox of the copied database.")
    return found
