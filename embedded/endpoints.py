"""Where a running Homeward listens, and the secrets that open it: two files in its data folder."""

import base64
import os
import secrets
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from embedded.errors import EmbeddedError
from shared.events import SERVICES
from shared.nats_rights import load_integrators

ENDPOINTS = "endpoints.json"
SECRETS = "secrets.json"
UNFINISHED = "restore.unfinished"
"""Is there while a restore fills the folder: what is half there must not start."""


class Secrets(BaseModel):
    """Every password, by name, and the key of the payload codec. Made once for each data folder."""

    postgres: str
    nats: dict[str, str]
    database: dict[str, str]
    codec_key: str

    @classmethod
    def load_or_create(cls, data: Path) -> Self:
        """The secrets of a data folder. What is there stays; a login that was added since gets its password."""
        file = data / SECRETS
        kept = cls.model_validate_json(file.read_text()) if file.exists() else None
        fresh = cls._fresh()
        if kept is None:
            whole = fresh
        else:
            more = {"nats": fresh.nats | kept.nats, "database": fresh.database | kept.database}
            whole = kept.model_copy(update=more)
        if whole != kept:
            whole._write(file)
        return whole

    def _write(self, file: Path) -> None:
        """In one step: whoever reads at this moment finds the old secrets or the new ones, never half of them."""
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(self.model_dump_json(indent=2))
        new.replace(file)

    @classmethod
    def _fresh(cls) -> Self:
        return cls(
            postgres=secrets.token_hex(16),
            nats={name: secrets.token_hex(16) for name in ("admin", "observer", *SERVICES, *load_integrators())},
            database={name: secrets.token_hex(16) for name in ("observer", *SERVICES)},
            codec_key=base64.b64encode(os.urandom(32)).decode(),
        )


class Endpoints(BaseModel):
    """The addresses of a running Homeward, all on loopback. No password is among them."""

    data: Path
    services: dict[str, str]
    postgres_host: str
    postgres_port: int
    database: str
    nats_url: str
    temporal_address: str
    temporal_ui: str | None
    smtp_address: str
    virtual: bool

    @classmethod
    def load(cls, data: Path) -> Self:
        """The endpoints of the Homeward that runs on this data folder."""
        file = data / ENDPOINTS
        if not file.exists():
            raise EmbeddedError(f"Nothing runs on {data}: start it with `./homeward up --data {data}`.")
        return cls.model_validate_json(file.read_text())

    def save(self) -> None:
        (self.data / ENDPOINTS).write_text(self.model_dump_json(indent=2) + "\n")

    @property
    def secrets(self) -> Secrets:
        return Secrets.load_or_create(self.data)

    @property
    def mail_dir(self) -> Path:
        return self.data / "mail"

    @property
    def postgres_admin_password(self) -> str:
        """Of PostgreSQL's administrator, who alone sees every row."""
        return (self.data / "postgres" / "postgres.password").read_text()

    def nats_password(self, name: str) -> str:
        return self.secrets.nats[name]

    def postgres_dsn(self, name: str) -> str:
        """How asyncpg connects as one of Homeward's roles, for example `observer`."""
        password = self.secrets.database[name]
        return f"postgresql://homeward_{name}:{password}@{self.postgres_host}:{self.postgres_port}/{self.database}"
