"""Where compose publishes the containers of this checkout, and the secrets that they were given."""

import subprocess

from cli import CHECKOUT
from embedded.endpoints import Secrets
from embedded.errors import EmbeddedError
from shared.events import SERVICES
from shared.nats_rights import load_integrators

UNPUBLISHED = ":0"
HTTP, NATS, POSTGRES, TEMPORAL, TEMPORAL_UI = 8100, 4222, 5432, 7233, 8233
"""Where they listen inside."""
SECRETS = CHECKOUT / "deploy" / "secrets"


def published(service: str, port: int) -> str:
    """`host:port` on this machine for a container's port."""
    try:
        command = ["docker", "compose", "port", service, str(port)]
        asked = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    except FileNotFoundError:
        raise EmbeddedError("There is no docker command on this machine.") from None
    address = asked.stdout.strip()
    if asked.returncode or address == UNPUBLISHED:
        said = asked.stderr.strip().partition("\n")[0]
        raise EmbeddedError(f"Compose publishes no port {port} of {service}: do the containers run? {said}".strip())
    return address


def secret(name: str) -> str:
    file = SECRETS / name
    if not file.exists():
        raise EmbeddedError(
            "deploy/secrets is not complete: run `./homeward secrets`, then `docker compose up --build --wait`."
        )
    return file.read_text()


def secrets() -> Secrets:
    """All of them, as a data folder holds them."""
    return Secrets(
        postgres=secret("postgres_password"),
        nats={name: secret(f"nats_password_{name}") for name in ("admin", "observer", *SERVICES, *load_integrators())},
        database={name: secret(f"database_password_{name}") for name in ("observer", *SERVICES)},
        codec_key=secret("codec_key"),
    )
