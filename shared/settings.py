"""What a service is told by its environment (`HOMEWARD_…`), and by files where it should not say such things aloud."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Part = Literal["api", "handlers", "worker", "relay"]

ADDRESS = r"^[^@\s<>]+@[^@\s<>]+$"
SOURCES = SettingsConfigDict(env_prefix="HOMEWARD_", secrets_dir=os.environ.get("HOMEWARD_SECRETS_DIR"), extra="ignore")


class Settings(BaseSettings):
    """One service's settings. Each may be a file of the folder HOMEWARD_SECRETS_DIR, named `homeward_<setting>`."""

    model_config = SOURCES

    service: str = Field(description="Which of the five services this process is: `intake`, `scheduler`, …")
    database_host: str = Field(default="127.0.0.1", description="PostgreSQL's host")
    database_port: int = Field(default=5432, description="PostgreSQL's port")
    database_name: str = Field(default="homeward", description="The database that holds the five schemas")
    database_password: SecretStr = Field(description="The password of this service's own database roles")
    nats_url: str = Field(default="nats://127.0.0.1:4222", description="The NATS server")
    nats_password: SecretStr = Field(description="The password of this service's own NATS login")
    temporal_address: str = Field(default="127.0.0.1:7233", description="Temporal's frontend, `host:port`")
    temporal_namespace: str = Field(default="default", description="The Temporal namespace")
    codec_key: SecretStr = Field(description="32 bytes in base64 that encrypt every Temporal payload; never lose it")
    http_host: str = Field(default="127.0.0.1", description="The address that the HTTP API listens on")
    http_port: int = Field(default=8100, description="The port that the HTTP API listens on")
    jwks_file: Path = Field(description="The identity provider's public keys, as a JSON Web Key Set")
    token_issuer: str = Field(default="homeward-development", description="The `iss` that a token must carry")
    protocols: Path = Field(default=Path("protocols"), description="The folder of protocol files")
    sites_file: Path = Field(default=Path("deploy/sites.yaml"), description="The network's sites")
    clock: Literal["real", "virtual"] = Field(default="real", description="`virtual` in rehearsals only")
    smtp_host: str = Field(default="127.0.0.1", description="The mail server (notifications only)")
    smtp_port: int = Field(default=1025, description="The mail server's port")
    mail_from: str | None = Field(
        default=None,
        pattern=ADDRESS,
        description="The sender's address of every message; notifications does not start without one",
    )
    mail_reply_to: str | None = Field(
        default=None, pattern=ADDRESS, description="Where answers go; by default to the sender"
    )
    public_url: str | None = Field(
        default=None,
        pattern="^https?://[^/]",
        description="Where people's mail programs reach notifications (only `/unsubscribe/` need be public): one-click"
        " unsubscribing, which needs https and mails that are signed (DKIM)",
    )
    parts: tuple[Part, ...] = Field(
        default=("api", "handlers", "worker", "relay"), description="What this process runs, as a JSON list"
    )
    log_level: str = Field(default="INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`; logs are JSON lines")
    workflow_cache: int = Field(
        default=5000, ge=0, description="Workflows that a worker keeps in memory; with 0 each task replays its history"
    )
    build: str | None = Field(default=None, description="Names the workflow code; by default a hash of it")
    build_gone_after: float = Field(
        default=120,
        gt=0,
        description="Seconds without a worker until a build counts as stopped; at least twice Temporal's poll",
    )
