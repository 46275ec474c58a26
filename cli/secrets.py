"""`./homeward secrets`: the passwords and keys of the compose stack, each in a file of deploy/secrets."""

import base64
import os
from pathlib import Path
from secrets import token_bytes, token_hex

import typer

from cli import CHECKOUT
from shared.auth import Issuer
from shared.events import SERVICES
from shared.nats_rights import load_integrators

app = typer.Typer(add_completion=False)

FOLDER = CHECKOUT / "deploy" / "secrets"
READABLE = 0o444  # by a container's account; the folder itself lets nobody else on this machine through


@app.command()
def secrets() -> None:
    """Make what is missing of deploy/secrets: passwords, the payload codec's key, the development issuer's key.

    What is there stays as it is: a password that a running database knows, and the keys of an identity provider in
    jwks.json, which say whom the services trust.
    """
    made = create(FOLDER)
    typer.echo(f"{FOLDER}: made {len(made)}, kept the rest. Nothing in it belongs in version control.")


def create(folder: Path) -> list[str]:
    """Fills the folder and returns the names of the files that were not there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    made = [] if (folder / "jwks.json").exists() else make_issuer(folder)
    logins = ["admin", "observer", *SERVICES, *load_integrators()]
    names = ["postgres_password", *(f"nats_password_{login}" for login in logins)]
    names += [f"database_password_{role}" for role in ("observer", *SERVICES)]
    made += [name for name in names if keep(folder / name, token_hex(16))]
    made += ["codec_key"] if keep(folder / "codec_key", base64.b64encode(token_bytes(32)).decode()) else []
    write_nats_environment(folder, logins)
    return made


def make_issuer(folder: Path) -> list[str]:
    """Let the services trust the development issuer: only where no `jwks.json` says yet whom they trust."""
    issuer = folder / "issuer.json"
    made = [name for name in ("issuer.json", "jwks.json") if not (folder / name).exists()]
    Issuer.load_or_create(issuer, folder / "jwks.json")
    (folder / "jwks.json").chmod(0o644)
    return made


def keep(file: Path, fresh: str) -> bool:
    """Writes the secret unless there is one; answers whether it did."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READABLE)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as opened:
        opened.write(fresh)
    file.chmod(READABLE)
    return True


def write_nats_environment(folder: Path, logins: list[str]) -> None:
    """nats-server takes passwords from its environment alone: the same ones, as compose's `env_file` wants them."""
    lines = [f"{variable(login)}={(folder / f'nats_password_{login}').read_text()}\n" for login in logins]
    file = folder / "nats.env"
    file.touch(mode=0o600)
    file.write_text("".join(lines))


def variable(login: str) -> str:
    return f"HOMEWARD_NATS_PASSWORD_{login.upper().replace('-', '_')}"
