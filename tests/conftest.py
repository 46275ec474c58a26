"""Real servers, each started when the first test asks for it and once for the whole run."""

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from embedded.nats import Nats
from embedded.postgres import Postgres
from embedded.temporal import DevServer, TestServer
from tests.lib import servers

if in_containers := os.environ.get("HOMEWARD_TEST_SERVERS") == "containers":
    from tests.lib import containers


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not go through it again and again."""
    gc.freeze()


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    """A temporary folder that the servers can reach, also when the tests run as root."""
    async with servers.temporary_folder() as path:
        yield path


@pytest.fixture(scope="session")
async def postgres_server() -> AsyncIterator["Postgres | containers.PostgresInAContainer"]:
    if in_containers:
        async with containers.postgres_container() as postgres:
            yield postgres
    else:
        async with servers.temporary_folder() as path, servers.running(server := Postgres(path, durable=False)):
            yield server


@pytest.fixture(scope="session")
async def nats_server() -> AsyncIterator["Nats | containers.NatsInAContainer"]:
    if in_containers:
        async with containers.nats_container() as nats:
            yield nats
    else:
        async with servers.temporary_folder() as path, servers.running(server := Nats(path, durable=False)):
            yield server


@pytest.fixture(scope="session")
async def temporal_test_server() -> AsyncIterator[TestServer]:
    """Virtual time. Only one test at a time may move its clock."""
    async with servers.temporary_folder() as path, servers.running(server := TestServer(path)):
        yield server


@pytest.fixture(scope="session")
async def temporal_dev_server() -> AsyncIterator[DevServer]:
    async with servers.temporary_folder() as path, servers.running(server := DevServer(path, durable=False)):
        yield server
