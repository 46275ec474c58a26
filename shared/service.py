"""What a running service is: HTTP, NATS, a Temporal worker and an outbox relay in one process."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import nats
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from faststream import AckPolicy
from faststream.security import SASLPlaintext
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client as Temporal
from temporalio.common import WorkerDeploymentVersion

from shared import connection, consumer, database, nudger, reconciler, relay, telemetry, temporal, worker_versions
from shared.auth import Verifier
from shared.background import BackgroundTask
from shared.backlog import Backlog
from shared.clock import Clock, RealClock, VirtualClock
from shared.connection import Broker
from shared.events.subscriptions import HEARS
from shared.handlers import Handlers
from shared.http_protocol import BoundedHttp
from shared.operations import add_operations
from shared.problems import explain_problems
from shared.process_exit import leave
from shared.protocol.library import ProtocolLibrary
from shared.request_limits import RequestLimits
from shared.request_reply import Ask
from shared.settings import Settings
from shared.sites import load_sites
from shared.watch import ObligationsWatch
from shared.work import Consequences, OpenWork, opener

log = structlog.get_logger()
KEEP_ALIVE_SECONDS = 75
"""Longer than clients and proxies keep an unused connection (5 to 60 s), so that they close it and not we: a request on
one that is just being closed is reset."""


@dataclass(frozen=True)
class Resources:
    """What a service's activities are built with."""

    settings: Settings
    open_work: OpenWork
    ask: Ask


@dataclass(frozen=True)
class Service:
    """A service as its `main.py` declares it."""

    name: str
    promise: str
    api: APIRouter
    handlers: Handlers
    activities: Callable[[Resources], Sequence[Callable[..., Any]]]
    workflows: Sequence[type] = ()
    consequences: Mapping[str, Consequences] = field(default_factory=dict)
    """Workflows whose rows' consequences are drawn in the transaction that changes the row, and what draws them."""
    needs: Sequence[str] = ()
    """Settings that this service does not start without, although others do."""
    activities_at_once: int = temporal.ACTIVITIES_AT_ONCE

    @property
    def all_workflows(self) -> list[type]:
        return [ObligationsWatch, *self.workflows]


@dataclass
class Running:
    """A service while it runs: its connections, and its parts with their health."""

    service: Service
    settings: Settings
    engine: AsyncEngine
    clock: Clock
    temporal: Temporal
    broker: Broker
    verifier: Verifier
    open_work: OpenWork
    ask: Ask
    backlog: Backlog
    parts: list[BackgroundTask] = field(default_factory=list)

    @property
    def hears(self) -> bool:
        """Return whether this process takes events from a consumer."""
        return "handlers" in self.settings.parts and bool(HEARS[self.service.name])


def build(service: Service, settings: Settings) -> FastAPI:
    """Build the service as an ASGI application; its lifespan starts and stops everything else."""
    differing = sorted(event.event_type() for event in set(HEARS[service.name]) ^ set(service.handlers.events))
    if differing:
        raise SystemExit(f"{service.name}: handlers and shared/events/subscriptions.py differ on {differing}")

    missing = [f"HOMEWARD_{name.upper()}" for name in service.needs if getattr(settings, name) is None]
    if missing:
        raise SystemExit(f"{service.name} does not start without {', '.join(missing)}: see docs/settings.md")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(service, settings) as run:
            app.state.running = run
            yield

    return application(service, api="api" in settings.parts, lifespan=lifespan)


def application(service: Service, *, api: bool = True, lifespan: Any = None) -> FastAPI:
    """Return the service's endpoints; without a lifespan nothing runs behind them, as for the published OpenAPI."""
    app = FastAPI(
        title=f"Homeward {service.name}",
        description=service.promise,
        version="1",
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    explain_problems(app)
    app.add_middleware(RequestLimits)
    if api:
        app.include_router(service.api)
    add_operations(app)
    return app


@asynccontextmanager
async def running(service: Service, settings: Settings) -> AsyncIterator[Running]:
    """Open what the service needs and keep its parts alive."""
    client = await _temporal(settings, lazy=True)
    clock: Clock = RealClock() if settings.clock == "real" else VirtualClock(client)
    engine = database.engine(settings)
    protocols, sites = ProtocolLibrary(settings.protocols), load_sites(settings.sites_file)
    for fault in protocols.faults:
        log.error("protocol.faulty", file=fault.file, line=fault.line, path=fault.path, sentence=fault.sentence)
    open_work = opener(service.name, engine, clock, protocols, sites, service.consequences)
    broker = Broker(
        settings.nats_url,
        **connection.options(settings),
        security=SASLPlaintext(settings.service, settings.nats_password.get_secret_value()),
        ack_policy=AckPolicy.MANUAL,
        logger=None,
    )
    run = Running(
        service=service,
        settings=settings,
        engine=engine,
        clock=clock,
        temporal=client,
        broker=broker,
        verifier=Verifier(settings.jwks_file, settings.token_issuer),
        open_work=open_work,
        ask=Ask(broker),
        backlog=Backlog(service.name),
    )
    if "handlers" in settings.parts:
        consumer.answer_questions(run)
    run.parts = [BackgroundTask(name, task) for name, task in _tasks(run)]
    for part in run.parts:
        part.start()
    try:
        yield run
    finally:
        await asyncio.gather(*(part.stop() for part in run.parts))
        await engine.dispose()


async def _temporal(settings: Settings, *, lazy: bool = False) -> Temporal:
    codec_key = settings.codec_key.get_secret_value()
    return await temporal.connect(settings.temporal_address, settings.temporal_namespace, codec_key, lazy=lazy)


def _tasks(run: Running) -> list[tuple[str, Callable[[], Any]]]:
    wanted = run.settings.parts
    tasks: list[tuple[str, Callable[[], Any]]] = [("broker", lambda: consumer.listen(run))]
    if "relay" in wanted:
        tasks.append(("relay", lambda: _relay(run)))
        tasks.append(("nudger", lambda: nudger.run(run.settings, run.temporal, run.backlog, run.clock)))
        tasks.append(("reconciler", lambda: _reconcile(run)))
    if "worker" in wanted:
        version = _version(run)
        tasks.append(("worker", lambda: _work(run, version)))
        if version:
            gone_after = run.settings.build_gone_after
            tasks.append(
                ("builds", worker_versions.Builds(run.temporal, run.service.name, version, gone_after=gone_after).keep)
            )
    return tasks


async def _relay(run: Running) -> None:
    settings = run.settings
    password = settings.nats_password.get_secret_value()
    client = await nats.connect(
        settings.nats_url, user=settings.service, password=password, **connection.options(settings)
    )
    try:
        await relay.run(settings, client.jetstream(timeout=5), run.clock)
    finally:
        await client.close()


async def _reconcile(run: Running) -> None:
    listing = run.temporal if run.settings.clock == "real" else None
    await reconciler.run(run.service.name, run.open_work, load_sites(run.settings.sites_file), listing)


async def _work(run: Running, version: WorkerDeploymentVersion | None) -> None:
    activities = run.service.activities(Resources(run.settings, run.open_work, run.ask))
    client = await _temporal(run.settings)
    workflows, cached = run.service.all_workflows, run.settings.workflow_cache
    at_once = run.service.activities_at_once
    await temporal.worker(client, run.service.name, workflows, activities, version, cached, at_once).run()


def _version(run: Running) -> WorkerDeploymentVersion | None:
    """Return the build; None in a rehearsal, whose server of virtual time knows no builds."""
    if run.settings.clock == "virtual":
        return None
    return worker_versions.version_of(run.service.name, run.service.all_workflows, run.settings.build)


def http_options() -> dict[str, Any]:
    """Return what bounds the connections of callers, as options of uvicorn."""
    return {"http": BoundedHttp, "ws": "none", "timeout_keep_alive": KEEP_ALIVE_SECONDS}


def serve(service: Service) -> None:
    """Run a service until it is told to stop."""
    settings = Settings(service=service.name)
    telemetry.configure(service.name, settings.log_level)
    app = build(service, settings)
    gc.freeze()  # what was imported stays: the collector need not go through it again and again
    uvicorn.run(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
        **http_options(),
    )
    leave(0)
