"""The whole of Homeward on this machine: real servers on loopback, provisioned, and the five services."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from embedded import ports
from embedded.endpoints import ENDPOINTS, UNFINISHED, Endpoints, Secrets
from embedded.errors import EmbeddedError
from embedded.fork_server import ForkServer
from embedded.mail import MailSink
from embedded.nats import Nats
from embedded.postgres import Postgres
from embedded.services import ROOT, ServiceProcess
from embedded.supervision import must_stay, supervise
from embedded.temporal import DevServer, TestServer
from shared import nats_rights
from shared.auth import Issuer
from shared.events import SERVICES
from shared.provision import Provisioning, provision
from shared.sites import load_sites

DATABASE = "homeward"
DEVELOPMENT_SENDER = "care@homeward.invalid"
"""Goes nowhere: what is sent here is kept by the mail sink."""
PORTS = "ports.json"
"""Which port each server and service had: a client finds them there after the next start of the same data."""


class Stack:
    """`async with Stack(data)`: everything runs on the data folder, and ends cleanly.

    `virtual` uses Temporal's time-skipping test server, whose clock every service then shares;
    nothing of such a run is worth a wait for the disk. `service_env` has the last word in the services' environment.
    """

    def __init__(
        self,
        data: Path,
        *,
        virtual: bool,
        protocols: Path = ROOT / "protocols",
        sites: Path = ROOT / "deploy" / "sites.yaml",
        service_env: Mapping[str, str] | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.data = data.absolute()
        self.virtual = virtual
        self._protocols, self._sites, self._progress = protocols.absolute(), sites.absolute(), progress
        self._more_env = dict(service_env or {})
        self.data.mkdir(parents=True, exist_ok=True)
        self.secrets = Secrets.load_or_create(self.data)
        self.issuer = Issuer.load_or_create(self.data / "issuer.json", self.data / "jwks.json")
        given = self._ports = ports.remembered(self.data / PORTS)
        self.postgres = Postgres(self.data / "postgres", given.get("postgres", 0), durable=not virtual)
        self.nats = Nats(
            self.data / "nats",
            given.get("nats", 0),
            config=self._write_nats_rights(),
            env=self._nats_passwords(),
            durable=not virtual,
        )
        self.temporal: TestServer | DevServer = (
            TestServer(self.data / "temporal")
            if virtual
            else DevServer(self.data / "temporal", given.get("temporal", 0), ui_port=given.get("temporal_ui", 0))
        )
        self.mail = MailSink(self.data / "mail", given.get("mail", 0))
        self.services: dict[str, ServiceProcess] = {}
        self._fork_server = ForkServer(
            self.data / "fork-server.log", {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "", **self._more_env}
        )

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        if (self.data / UNFINISHED).exists():
            raise EmbeddedError(f"A restore into {self.data} was not finished: remove that folder, and restore again.")
        self._progress("starting PostgreSQL, NATS and Temporal")
        servers = (self.postgres, self.nats, self.temporal, self.mail)
        await asyncio.gather(self._fork_server.start(), *(server.start() for server in servers))
        self._progress("migrating five schemas, provisioning streams and consumers, starting five services")
        logs = self.data / "logs"
        logs.mkdir(exist_ok=True)
        self.services = {
            name: ServiceProcess(
                name, logs, self._service_env(name), self._fork_server, port=self._ports.get(f"service_{name}", 0)
            )
            for name in SERVICES
        }
        try:
            async with asyncio.TaskGroup() as together:
                together.create_task(self._provision())
                for service in self.services.values():
                    together.create_task(service.start())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        for service in self.services.values():
            service.supervise()
        self._remember_ports()
        self.endpoints.save()

    async def supervise_servers(self) -> None:
        """Start PostgreSQL, NATS or Temporal again when one ends; raises EmbeddedError when it does not come back.

        The server of virtual time keeps nothing, so when it ends everything does.
        """
        try:
            async with asyncio.TaskGroup() as together:
                for server in (self.postgres, self.nats):
                    together.create_task(supervise(server, self._progress))
                keep = must_stay(self.temporal) if self.virtual else supervise(self.temporal, self._progress)
                together.create_task(keep)
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    def _remember_ports(self) -> None:
        given = {"postgres": self.postgres.port, "nats": self.nats.port, "temporal": self.temporal.port}
        given |= {"mail": self.mail.port} | {f"service_{name}": one.port for name, one in self.services.items()}
        if isinstance(self.temporal, DevServer):
            given["temporal_ui"] = self.temporal.ui_port
        ports.remember(self.data / PORTS, given)

    def another(self, name: str, build: str) -> ServiceProcess:
        """A second process of a service, of that build and on a port of its own: the caller starts and ends it."""
        return ServiceProcess(name, self.data / "logs", self._service_env(name), self._fork_server, build)

    async def stop(self) -> None:
        """The services first, then what they stand on."""
        (self.data / ENDPOINTS).unlink(missing_ok=True)
        await asyncio.gather(*(service.stop() for service in self.services.values()))
        await self._fork_server.stop()
        await asyncio.gather(*(server.stop() for server in (self.mail, self.temporal, self.nats, self.postgres)))

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            data=self.data,
            services={name: service.url for name, service in self.services.items()},
            postgres_host=self.postgres.host,
            postgres_port=self.postgres.port,
            database=DATABASE,
            nats_url=self.nats.url,
            temporal_address=self.temporal.address,
            temporal_ui=self.temporal.ui_url if isinstance(self.temporal, DevServer) else None,
            smtp_address=self.mail.address,
            virtual=self.virtual,
        )

    @property
    def provisioning(self) -> Provisioning:
        """What provisioning is told; the servers must have been started."""
        passwords = {f"database_password_{name}": password for name, password in self.secrets.database.items()}
        settings = {
            "database_host": self.postgres.host,
            "database_port": self.postgres.port,
            "database_name": DATABASE,
            "database_admin": self.postgres.user,
            "database_admin_password": self.postgres.password,
            "nats_url": self.nats.url,
            "nats_password_admin": self.secrets.nats["admin"],
        }
        return Provisioning.model_validate(settings | passwords)

    async def _provision(self) -> None:
        try:
            await provision(self.provisioning)
        except Exception as error:
            raise EmbeddedError(f"Provisioning failed: {type(error).__name__}: {error}") from error

    def _environment(self) -> dict[str, str]:
        smtp_host, smtp_port = self.mail.address.rsplit(":", 1)
        return {
            "PATH": str(Path(sys.executable).parent),
            "PYTHONPATH": str(ROOT),
            "HOMEWARD_DATABASE_HOST": self.postgres.host,
            "HOMEWARD_DATABASE_PORT": str(self.postgres.port),
            "HOMEWARD_DATABASE_NAME": DATABASE,
            "HOMEWARD_NATS_URL": self.nats.url,
            "HOMEWARD_TEMPORAL_ADDRESS": self.temporal.address,
            "HOMEWARD_HTTP_HOST": ports.LOOPBACK,
            "HOMEWARD_JWKS_FILE": str(self.data / "jwks.json"),
            "HOMEWARD_PROTOCOLS": str(self._protocols),
            "HOMEWARD_SITES_FILE": str(self._sites),
            "HOMEWARD_CLOCK": "virtual" if self.virtual else "real",
            "HOMEWARD_MAIL_FROM": DEVELOPMENT_SENDER,
            "HOMEWARD_SMTP_HOST": smtp_host,
            "HOMEWARD_SMTP_PORT": smtp_port,
        }

    def _write_nats_rights(self) -> Path:
        """Write who may say and hear what, as the contracts and deploy/integrators.yaml say it today."""
        file = self.data / "nats" / "rights.conf"
        file.parent.mkdir(exist_ok=True)
        integrators = nats_rights.load_integrators(sites=load_sites(self._sites))
        file.write_text(nats_rights.configuration(integrators))
        return file

    def _nats_passwords(self) -> dict[str, str]:
        return {f"HOMEWARD_NATS_PASSWORD_{n.upper().replace('-', '_')}": p for n, p in self.secrets.nats.items()}

    def _service_env(self, name: str) -> dict[str, str]:
        return self._environment() | {
            "HOMEWARD_DATABASE_PASSWORD": self.secrets.database[name],
            "HOMEWARD_NATS_PASSWORD": self.secrets.nats[name],
            "HOMEWARD_CODEC_KEY": self.secrets.codec_key,
            **self._more_env,
        }
