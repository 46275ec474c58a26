"""Another build of a service comes and takes the place; then it is killed, and whoever it began with must go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from temporalio.service import RPCError

from chaos.system_under_test import LOOK_AGAIN, READY_WITHIN, NeverReady, SystemUnderTest
from embedded.errors import EmbeddedError
from shared import temporal, worker_versions

COMES_WITHIN = 25.0
"""Seconds for a new build to take the place; while its server is away it does not, and goes as it came."""


@asynccontextmanager
async def beside(system: SystemUnderTest, service: str, build: str) -> AsyncIterator[None]:
    """A second process of the service, of another build; the first one runs on."""
    other = system.stack.another(service, build)
    try:
        with suppress(EmbeddedError):
            await other.start()
        await _takes_the_place(system, service, build)
        yield
    finally:
        await other.kill()


@asynccontextmanager
async def instead(system: SystemUnderTest, service: str, build: str) -> AsyncIterator[None]:
    """The service is killed and comes back as another build; that one is killed, and the first comes back."""
    process = system.stack.services[service]
    process.build = build
    try:
        await process.kill()
        await _takes_the_place(system, service, build)
        yield
    finally:
        process.build = None
        await process.kill()


async def loses_the_place(system: SystemUnderTest, service: str, build: str) -> None:
    """When a build that lives has it; raises NeverReady."""
    try:
        async with asyncio.timeout(READY_WITHIN):
            while await _holder(system, service) in (build, None):  # noqa: ASYNC110 (the server tells nobody)
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError as late:
        raise NeverReady(f"new runs of {service} still begin on {build}, which is gone") from late


async def _takes_the_place(system: SystemUnderTest, service: str, build: str) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(COMES_WITHIN):
            while await _holder(system, service) != build:  # noqa: ASYNC110 (the server tells nobody)
                await asyncio.sleep(LOOK_AGAIN)


async def _holder(system: SystemUnderTest, service: str) -> str | None:
    """Which build new runs of the service begin on; None while nobody says."""
    stack = system.stack
    try:
        client = await temporal.connect(stack.temporal.address, stack.temporal.namespace, stack.secrets.codec_key)
        described = await worker_versions.describe(client, worker_versions.deployment_of(service))
    except (RPCError, RuntimeError):
        return None
    if described is None:
        return None
    return described.worker_deployment_info.routing_config.current_deployment_version.build_id
