"""The five services as processes of this machine, started again when one dies."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import structlog

from embedded import ports
from embedded.errors import EmbeddedError
from embedded.fork_server import ForkServer
from embedded.process import Process

ROOT = Path(__file__).resolve().parent.parent
NO_TLS = False  # Plain HTTP on loopback: reading the machine's certificates would cost more than the question.
log = structlog.get_logger()


class ServiceProcess:
    """One service. `start` returns when it is ready; `supervise` starts it again whenever it ends by itself.

    `build` is what it says of its workflows' code from its next start on; None: the truth.
    """

    def __init__(
        self,
        name: str,
        logs: Path,
        env: dict[str, str],
        fork_server: ForkServer,
        build: str | None = None,
        port: int = 0,
    ) -> None:
        self.name, self.build = name, build
        self.port = ports.claim(port, f"the {name} service")
        self.restarts = 0
        self._env, self._fork_server = env | self._own_address, fork_server
        self._process = Process(f"The {name} service", logs / f"{name}.log", stop_signal=signal.SIGTERM)
        self._wanted = False
        self._rests_for = 0.0
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def _own_address(self) -> dict[str, str]:
        return {"HOMEWARD_HTTP_PORT": str(self.port), "HOMEWARD_PUBLIC_URL": self.url}

    @property
    def url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid

    async def start(self) -> None:
        env = self._env | ({"HOMEWARD_BUILD": self.build} if self.build else {})
        await self._process.spawn(self._fork_server, f"services.{self.name}.main", self._is_ready, env=env)
        self._wanted = True

    def supervise(self) -> None:
        self._supervisor = asyncio.create_task(self._restart_when_it_ends())

    async def stop(self) -> None:
        self._wanted = False
        if self._supervisor:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor
        await self._process.stop()

    async def kill(self, rests_for: float = 0.0) -> None:
        """SIGKILL, as a fault would: the supervisor starts it again after so many seconds."""
        self._rests_for = rests_for
        await self._process.kill()

    async def _restart_when_it_ends(self) -> None:
        while True:
            await self._process.wait()
            if not self._wanted:
                return
            self.restarts += 1
            log.warning("service.ended", service=self.name, restarts=self.restarts)
            await asyncio.sleep(self._rests_for)
            self._rests_for = 0.0
            try:
                await self.start()
            except (EmbeddedError, OSError) as error:
                log.warning("service.not_restarted", service=self.name, why=str(error))
            await asyncio.sleep(min(self.restarts, 10) * 0.2)

    async def _is_ready(self) -> bool:
        async with httpx.AsyncClient(verify=NO_TLS) as client:
            try:
                return (await client.get(f"{self.url}/readyz", timeout=5)).status_code == 200
            except httpx.TransportError:
                return False
