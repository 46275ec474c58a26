"""Temporal from wheels: the time-skipping test server for virtual time, the development server for real time."""

from collections.abc import Mapping
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from embedded import binaries, ports
from embedded.process import Process

NAMESPACE = "default"


class _Server:
    """What both have: an address, one process, and readiness asked over gRPC."""

    host = ports.LOOPBACK
    namespace = NAMESPACE
    name = "Temporal"

    def __init__(self, data: Path, port: int = 0) -> None:
        self.data = data.absolute()
        self.port = port
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        return self.data / "temporal.log"

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    async def start(self) -> None:
        """Returns when the frontend answers a health check and knows the namespace."""
        if self._process is None:
            self.data.mkdir(parents=True, exist_ok=True)
            self._claim_ports()
            self._process = Process(self.name, self.log)
        await self._process.start(self._command(), self._is_healthy)

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

    def _claim_ports(self) -> None:
        self.port = ports.claim(self.port, self.name)

    def _command(self) -> list[str | Path]:
        raise NotImplementedError

    async def _is_healthy(self) -> bool:
        if ports.is_free(self.port):
            return False
        try:
            client = await Client.connect(self.address, namespace=self.namespace)
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=self.namespace))
            return await client.service_client.check_health()
        except (RPCError, RuntimeError):
            return False


class TestServer(_Server):
    """Virtual time: skips to the next timer. It keeps nothing: a restart begins empty. Its program listens on every
    address of the machine and cannot be told otherwise, so it is for minutes of rehearsal with invented people."""

    __test__ = False
    name = "The Temporal test server"

    def _command(self) -> list[str | Path]:
        return [binaries.program("temporal-test-server"), str(self.port), "--enable-time-skipping"]


class DevServer(_Server):
    """Real time, with its UI; workflows live in a file under `data`. `search_attributes`: name → Keyword, Text, Int…

    A worker that asks for work and gets none asks again after `longest_wait` seconds; the server's own is a minute.
    """

    name = "The Temporal development server"

    def __init__(
        self,
        data: Path,
        port: int = 0,
        *,
        ui_port: int = 0,
        search_attributes: Mapping[str, str] | None = None,
        durable: bool = True,
        longest_wait: float | None = None,
    ) -> None:
        super().__init__(data, port)
        self.ui_port = ui_port
        self._search_attributes = dict(search_attributes or {})
        self._durable = durable
        self._longest_wait = longest_wait

    @property
    def ui_url(self) -> str:
        return f"http://{self.host}:{self.ui_port}"

    def _claim_ports(self) -> None:
        super()._claim_ports()
        self.ui_port = ports.claim(self.ui_port, "the Temporal UI")

    def _command(self) -> list[str | Path]:
        return [
            *(binaries.program("temporal"), "server", "start-dev", "--log-level", "warn"),
            *("--ip", self.host, "--port", str(self.port), "--ui-port", str(self.ui_port), "--ui-disable-news-fetch"),
            *("--db-filename", self.data / "temporal.db", "--sqlite-pragma", "journal_mode=wal"),
            *("--sqlite-pragma", f"synchronous={2 if self._durable else 0}"),
            *(word for pair in self._search_attributes.items() for word in ("--search-attribute", "=".join(pair))),
            *self._dynamic_config(),
        ]

    def _dynamic_config(self) -> tuple[str, ...]:
        if self._longest_wait is None:
            return ()
        return ("--dynamic-config-value", f'matching.longPollExpirationInterval="{self._longest_wait}s"')
