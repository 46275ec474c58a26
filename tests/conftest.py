"""Real servers, each started when the first test asks for it and once for the whole run."""

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from embedded.nats import Nats
from embedded.postgres import Postgres
from embedded.temporal import DevServer, TestServer
from tests.lib import servers

if in_containers := os.environ.get("HOMEWARD_TEST_SERVERS") == "containers":
    from tests.lib import containers

settings.register_profile("no_clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no_clock")
"""No property fails because the machine was busy."""

TOGETHER = "tests/faults/"
"""Its files share one system with five services, which costs as much to start as most of them to run."""
OF_ITS_OWN = "tests/faults/test_chaos.py"


class FilesThatShare(LoadFileScheduling):
    """Keeps the tests of a file in one process of a run, and the files that share a system as well."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER if file.startswith(TOGETHER) and file != OF_ITS_OWN else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesThatShare:
    return FilesThatShare(config, log)


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
