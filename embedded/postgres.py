"""PostgreSQL from a wheel or the machine, on loopback, with a password; root lends it an account without rights."""

import asyncio
import os
import secrets
import signal
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from embedded import binaries, ports
from embedded.account import owned_folder, remove, unprivileged
from embedded.errors import EmbeddedError
from embedded.process import Process, as_account, explain, require_room

SETTINGS = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "jit": "off",
}
# A rehearsal's database lives for minutes: nobody waits for a disk.
IN_A_HURRY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One PostgreSQL server with superuser `postgres`. `data` is its folder; port 0 takes a free one and keeps it."""

    host = ports.LOOPBACK
    name = "PostgreSQL"
    user = "postgres"

    def __init__(
        self, data: Path, port: int = 0, *, durable: bool = True, settings: dict[str, str] | None = None
    ) -> None:
        self.data = data.absolute()
        self.port = port
        self.password = ""
        self._durable = durable
        self._settings = SETTINGS | ({} if durable else IN_A_HURRY) | (settings or {})
        self._account = unprivileged()
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"

    @property
    def url(self) -> str:
        return self.url_for("postgres")

    def url_for(self, database: str, user: str = "", password: str = "", *, driver: str = "postgresql") -> str:
        """An address for a database and a role; without a role, the superuser's."""
        name, secret = (user, password) if user else (self.user, self.password)
        return f"{driver}://{quote(name, safe='')}:{quote(secret, safe='')}@{self.host}:{self.port}/{database}"

    async def start(self) -> None:
        """Makes the database folder on the first start; returns when a query is answered."""
        folder = await asyncio.to_thread(self._prepare)
        self.port = self.port if self._process else ports.claim(self.port, "PostgreSQL")
        self._process = Process("PostgreSQL", self.log, stop_signal=signal.SIGINT)
        given = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        server = binaries.postgres_bin(self._account) / "postgres"
        command: list[str | Path] = [server, "-D", folder, "-p", str(self.port), *given]
        await self._process.start(command, self._answers, account=self._account)

    async def wait(self) -> int | None:
        """Wait until it ends by itself or is ended; return its exit status."""
        return await self._process.wait() if self._process else None

    async def stop(self) -> None:
        if self._process:
            await self._process.stop()

    async def kill(self) -> None:
        if self._process:
            await self._process.kill()

    async def restart(self) -> None:
        """Ends it if it runs, and starts it again on the same data and port."""
        await self.stop()
        await self.start()

    def erase(self) -> None:
        """Removes the database and all it holds; it must be stopped."""
        remove(self.data / "database")

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url, timeout=5)
        except (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError, TimeoutError):
            return False
        try:
            return bool(await connection.fetchval("select 1") == 1)
        finally:
            await connection.close()

    def _prepare(self) -> Path:
        self.data.mkdir(parents=True, exist_ok=True)
        require_room(self.data)
        folder = owned_folder(self.data / "database", self._account)
        secret = self.data / "postgres.password"
        if not any(folder.iterdir()):
            secret.unlink(missing_ok=True)
            password = secrets.token_urlsafe(24)
            self._initdb(folder, password)
            with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(password)
        if not secret.exists():
            raise EmbeddedError(
                f"{self.data} holds a database that was never finished: remove it, or start with fresh data."
            )
        self.password = secret.read_text()
        self._require_same_version(folder)
        return folder

    def _initdb(self, folder: Path, password: str) -> None:
        password_file = self._pipe_holding(password)
        command = [
            *(binaries.postgres_bin(self._account) / "initdb", "-D", folder, "-U", self.user),
            *("--auth=scram-sha-256", f"--pwfile=/dev/fd/{password_file}", "--encoding=UTF8", "--locale=C"),
            *(() if self._durable else ("--no-sync",)),
        ]
        account: Any = as_account(self._account)
        try:
            done = subprocess.run(command, capture_output=True, text=True, cwd="/", pass_fds=[password_file], **account)
        except PermissionError as error:
            raise EmbeddedError(
                f"PostgreSQL does not run as root, and this root may not become another user ({error.strerror}): "
                "run Homeward as an ordinary user."
            ) from None
        finally:
            os.close(password_file)
        if done.returncode != 0:
            self.log.write_text(done.stdout + done.stderr)
            raise EmbeddedError(explain("PostgreSQL's initdb", done.stderr, self.log))

    def _pipe_holding(self, password: str) -> int:
        """The password for initdb without a file on the disk; the account may open only what it owns."""
        reader, writer = os.pipe()
        if self._account:
            os.fchown(reader, self._account.uid, self._account.gid)
        os.write(writer, password.encode() + b"\n")
        os.close(writer)
        return reader

    def _require_same_version(self, folder: Path) -> None:
        made_by = int((folder / "PG_VERSION").read_text())
        found = binaries.major_version(binaries.postgres_bin(self._account))
        if made_by != found:
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {made_by} and this is {found}: "
                f"let PG_BIN name a PostgreSQL {made_by}, or start with fresh data."
            )
