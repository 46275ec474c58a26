"""What a service is told by its environment (`HOMEWARD_…`), and by files where it should not say such things aloud."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Part = Literal["api", "handlers", "worker", "relay"]

SOURCES = SettingsConfigDict(env_prefix="HOMEWARD_", secrets_dir=os.environ.get("HOMEWARD_SECRETS_DIR"), extra="ignore")


class Settings(BaseSettings):
    """One service's settings. Each may be a file of the folder HOMEWARD_SECRETS_DIR, named `homeward_<setting>`."""

    model_config = SOURCES

    service: str
    database_host: str = "127.0.0.1"
    database_port: int = 5432
    database_name: str = "homeward"
    database_password: SecretStr
    nats_url: str = "nats://127.0.0.1:4222"
    nats_password: SecretStr
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    codec_key: SecretStr = Field(description="32 bytes, base64: encrypts every Temporal payload")
    http_host: str = "127.0.0.1"
    http_port: int = 8100
    jwks_file: Path = Field(description="the public keys that tokens are signed with (JSON Web Key Set)")
    token_issuer: str = "homeward-development"
    protocols: Path = Path("protocols")
    sites_file: Path = Path("deploy/sites.yaml")
    clock: Literal["real", "virtual"] = "real"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    mail_from: str = "care@clinic.invalid"
    parts: tuple[Part, ...] = ("api", "handlers", "worker", "relay")
    log_level: str = "INFO"
    workflow_cache: int = Field(
        default=5000, ge=0, description="workflows that a worker keeps in memory; with 0 each task replays its history"
    )
    build: str | None = Field(default=None, description="names the workflows' code; a hash of it unless given")
    build_gone_after: float = Field(
        default=120, gt=0, description="seconds; twice as long as Temporal lets a worker wait for work, at least"
    )
