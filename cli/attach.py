"""`./homeward attach`: a data folder that stands for what compose runs, so that the other commands reach it."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from cli import CHECKOUT
from cli.containers import HTTP, NATS, POSTGRES, SECRETS, TEMPORAL, TEMPORAL_UI, published, secrets
from embedded.endpoints import SECRETS as SECRETS_FILE
from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from embedded.stack import DATABASE
from shared.events import SERVICES

app = typer.Typer(add_completion=False)
PUBLISH = "docker compose -f docker-compose.yml -f deploy/operator.yaml up -d --wait"
USUAL = CHECKOUT / ".homeward-compose"


@app.command()
def attach(
    folder: Annotated[Path, typer.Argument(help="The folder to write; only its owner can read it.")] = USUAL,
) -> None:
    """Write where the containers listen, and what opens them, into a folder for `--data`.

    PostgreSQL is published nowhere unless an operator says so: deploy/operator.yaml. Ports that change, and secrets
    that are made again, want another `attach`.
    """
    endpoints = _endpoints(folder.absolute())
    _write(endpoints)
    typer.echo(f"wrote {folder}. Now, for example:\n  export HOMEWARD_DATA={folder}\n  ./homeward ledger")


def _endpoints(folder: Path) -> Endpoints:
    services = {service: f"http://{published(service, HTTP)}" for service in SERVICES}
    postgres_host, postgres_port = _postgres().rsplit(":", 1)
    return Endpoints(
        data=folder,
        services=services,
        postgres_host=postgres_host,
        postgres_port=int(postgres_port),
        database=DATABASE,
        nats_url=f"nats://{published('nats', NATS)}",
        temporal_address=published("temporal-evaluation", TEMPORAL),
        temporal_ui=f"http://{published('temporal-evaluation', TEMPORAL_UI)}",
        smtp_address="",
        virtual=False,
    )


def _postgres() -> str:
    try:
        return published("postgres", POSTGRES)
    except EmbeddedError as error:
        raise EmbeddedError(f"{error} Let it be published on 127.0.0.1, for which it is restarted: {PUBLISH}") from None


def _write(endpoints: Endpoints) -> None:
    """The same files as in the data folder of `up`."""
    folder, opens = endpoints.data, secrets()
    (folder / "postgres").mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / SECRETS_FILE).write_text(opens.model_dump_json(indent=2))
    (folder / "postgres" / "postgres.password").write_text(opens.postgres)
    for name in ("issuer.json", "jwks.json"):
        if (SECRETS / name).exists():  # with an identity provider there is no development issuer
            shutil.copyfile(SECRETS / name, folder / name)
    endpoints.save()
