"""nats-server with JetStream on loopback; accounts and logins come from a configuration file of the caller's."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import httpx

from embedded import binaries, ports
from embedded.errors import EmbeddedError
from embedded.process import POLL_SECONDS, Process

CONFIGURATION = """\
{include}
server_name: homeward
http: "{host}:{monitor}"
jetstream {{
  store_dir: {store}
  sync_interval: {sync}
}}
"""


class Nats:
    """One nats-server. `config` is included first, with `env` for its variables; address, ports and store are ours."""

    host = ports.LOOPBACK
    name = "NATS"

    def __init__(
        self,
        data: Path,
        port: int = 0,
        *,
        config: Path | None = None,
        env: dict[str, str] | None = None,
        monitor_port: int = 0,
        durable: bool = True,
    ) -> None:
        self.data = data.absolute()
        self.port = port
        self.monitor_port = monitor_port
        self._config = config.absolute() if config else None
        self._env = env or {}
        self.durable = durable
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        return self.data / "nats.log"

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"nats://{self.address}"

    @property
    def monitor_url(self) -> str:
        return f"http://{self.host}:{self.monitor_port}"

    async def start(self) -> None:
        """Returns when the server and its JetStream say that they are healthy."""
        if self._process is None:
            self.data.mkdir(parents=True, exist_ok=True)
            self.port = ports.claim(self.port, "NATS")
            self.monitor_port = ports.claim(self.monitor_port, "the NATS monitor")
            self._process = Process("nats-server", self.log)
        file = self._write_configuration()
        command: list[str | Path] = [binaries.program("nats-server"), "-c", file, "-a", self.host, "-p", str(self.port)]
        await self._process.start([*command, "-m", str(self.monitor_port)], self._is_healthy, env=self._env)

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
        """Ends it if it runs, and starts it again on the same data and ports."""
        await self.stop()
        await self.start()

    async def reload(self, seconds: float = 10) -> None:
        """Has the running server read its configuration again: logins and rights change, whoever may stay does."""
        if self._process is None:
            raise EmbeddedError("nats-server is not running: start it before it reads its configuration again.")
        before, log_from = await self._loaded_at(), self.log.stat().st_size
        self._process.signal(signal.SIGHUP)
        try:
            async with asyncio.timeout(seconds):
                while await self._loaded_at() == before:
                    self._require_no_refusal(log_from)
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise EmbeddedError(f"nats-server did not read its configuration again: read {self.log}.") from None

    def _require_no_refusal(self, log_from: int) -> None:
        with self.log.open("rb") as log:
            log.seek(log_from)
            refused = [line for line in log.read().decode(errors="replace").splitlines() if "[ERR]" in line]
        if refused:
            raise EmbeddedError(f"nats-server keeps its old configuration: {refused[0].partition('[ERR] ')[2]}")

    async def _loaded_at(self) -> str:
        async with httpx.AsyncClient(base_url=self.monitor_url) as monitor:
            varz: dict[str, Any] = (await monitor.get("/varz")).raise_for_status().json()
        return str(varz["config_load_time"])

    async def _is_healthy(self) -> bool:
        async with httpx.AsyncClient(base_url=self.monitor_url) as monitor:
            try:
                return (await monitor.get("/healthz")).is_success
            except httpx.TransportError:
                return False

    def _write_configuration(self) -> Path:
        file = self.data / "nats-server.conf"
        include = f"include '{os.path.relpath(self._config, self.data)}'" if self._config else ""
        store = f'"{self.data / "jetstream"}"'
        sync = "always" if self.durable else '"2m"'
        file.write_text(
            CONFIGURATION.format(include=include, host=self.host, monitor=self.monitor_port, store=store, sync=sync)
        )
        return file
