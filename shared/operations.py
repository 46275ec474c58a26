"""What whoever runs a service asks it: does it live, is it ready and if not why, its metrics."""

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Response
from faststream.nats import NatsBroker
from nats.aio.client import Client as Nats
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from shared import relay
from shared.problems import problem

if TYPE_CHECKING:
    from shared.service import Running


def add_operations(app: FastAPI) -> None:
    """Add what a platform asks of every service; `app.state.running` is the service behind the application."""

    @app.get("/healthz", tags=["operations"])
    async def check_health() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operations"])
    async def check_readiness() -> Any:
        """Everything the service stands on answers; if not, 503 with each problem in words."""
        troubles = await _troubles(app.state.running)
        if troubles:
            return problem(503, "Not ready", "; ".join(f"{k}: {v}" for k, v in troubles.items()), troubles=troubles)
        return {"status": "ready"}

    @app.get("/metrics", tags=["operations"])
    async def read_metrics() -> Response:
        """Prometheus metrics."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _troubles(run: "Running") -> dict[str, str]:
    troubles = {part.name: part.trouble for part in run.parts if part.trouble}
    checks = {"database": _check_database(run), "nats": _check_consumer(run), "temporal": _check_temporal(run)}
    for name, check in checks.items():
        try:
            await asyncio.wait_for(check, 2)
        except Exception as error:
            troubles[name] = f"{type(error).__name__}: {error}"
    return troubles


async def _check_database(run: "Running") -> None:
    async with run.engine.connect() as connection:
        await connection.execute(text("select 1 from outbox limit 1"))


async def _check_consumer(run: "Running") -> None:
    client = _client(run.broker)
    if client is None or not client.is_connected:
        raise ConnectionError("not connected")
    if run.hears:
        await client.jetstream(timeout=1).consumer_info(relay.STREAM, run.service.name)


async def _check_temporal(run: "Running") -> None:
    await run.temporal.service_client.check_health()


def _client(broker: NatsBroker) -> Nats:
    return broker._connection  # type: ignore[return-value]  # FastStream offers no public accessor
