"""What a backup says of itself: when, of what, how much, and the hashes that it is checked by."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ValidationError

from embedded.errors import EmbeddedError

MANIFEST = "manifest.json"
CHUNK = 1 << 20


class Copied(BaseModel):
    """One file of the backup: its name, its length in bytes, its sha256."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, file: Path) -> Self:
        return cls(name=file.name, bytes=file.stat().st_size, sha256=sha256(file))


class CopiedStream(BaseModel):
    """A stream's messages: how many, and the sequence numbers that the first and last of them had."""

    file: Copied
    messages: int
    first: int | None
    last: int | None


class Snapshot(BaseModel):
    """The database as it was at one instant: rows by `schema.table`, migrations by service, people by state."""

    tables: dict[str, int]
    revisions: dict[str, str]
    people: dict[str, int]
    protocols: dict[str, str]
    """The content hash of every `id@version` that a cohort runs: without that file nothing goes on."""


class Manifest(BaseModel):
    """Written last: a folder without one holds no backup.

    `recovery_point`: everything committed until then is in it, and nothing that happened later.
    """

    format: Literal[1] = 1
    recovery_point: AwareDatetime
    seconds: float
    homeward: str
    postgres: str
    nats: str
    database: Copied
    snapshot: Snapshot
    streams: dict[str, CopiedStream]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The manifest of a backup whose files are what it says; refused otherwise."""
        file = folder / MANIFEST
        if not file.exists():
            raise EmbeddedError(f"{folder} holds no finished backup: there is no {MANIFEST} in it.")
        try:
            manifest = cls.model_validate_json(file.read_text())
        except ValidationError as error:
            raise EmbeddedError(f"{file} is not a manifest that this Homeward reads: {error}") from error
        if damage := list(manifest.damage(folder)):
            raise EmbeddedError(f"The backup in {folder} is damaged: {'; '.join(damage)}.")
        return manifest

    def save(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(self.model_dump_json(indent=2) + "\n")

    @property
    def files(self) -> list[Copied]:
        return [self.database, *(stream.file for stream in self.streams.values())]

    def damage(self, folder: Path) -> Iterator[str]:
        for copied in self.files:
            file = folder / copied.name
            if not file.exists():
                yield f"{copied.name} is missing"
            elif file.stat().st_size != copied.bytes or sha256(file) != copied.sha256:
                yield f"{copied.name} is not what was written"

    def age(self, now: datetime) -> float:
        """Seconds between the recovery point and now: what is lost."""
        return (now - self.recovery_point).total_seconds()


def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def differences(copied: Snapshot, restored: Snapshot) -> list[str]:
    """What the restored database holds otherwise than the one that was copied."""
    return [
        *_differing("rows of {}", copied.tables, restored.tables),
        *_differing("the migrations of {}", copied.revisions, restored.revisions),
        *_differing("people who are {}", copied.people, restored.people),
    ]


def _differing(what: str, copied: Mapping[str, object], restored: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(copied.keys() | restored.keys()):
        before, after = copied.get(name), restored.get(name)
        if before != after:
            yield f"{what.format(name)}: {before} were copied, {after} are there"


def missing_protocols(copied: Snapshot, known: Mapping[str, str]) -> list[str]:
    """The protocols that cohorts of the backup run and that are not here with the same content."""
    return [name for name, content_hash in sorted(copied.protocols.items()) if known.get(name) != content_hash]
