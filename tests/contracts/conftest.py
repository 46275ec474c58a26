"""The whole of the contracts, provisioned on real servers."""

from collections.abc import AsyncIterator

import pytest

from embedded.endpoints import Secrets
from embedded.nats import Nats
from embedded.postgres import Postgres
from tests.contracts.provisioned import Schemas, Wire, migrate_all
from tests.lib import servers
from tests.lib.stack import NATS_CONFIGURATION, nats_passwords, provisioning_for


@pytest.fixture(scope="package")
async def wire() -> AsyncIterator[Wire]:
    """nats-server with the committed rights, streams and consumers provisioned."""
    async with servers.temporary_folder() as folder:
        secrets = Secrets.load_or_create(folder)
        nats = Nats(folder, config=NATS_CONFIGURATION, env=nats_passwords(secrets), durable=False)
        async with servers.running(nats):
            provisioned = Wire(nats.url, secrets.nats)
            await provisioned.provision()
            yield provisioned
            await provisioned.close()


@pytest.fixture(scope="package")
async def schemas(postgres_server: Postgres) -> AsyncIterator[Schemas]:
    """A database with the five migrated schemas."""
    async with servers.temporary_folder() as folder:
        provisioning = provisioning_for(postgres_server, Nats(folder), Secrets.load_or_create(folder))
    await migrate_all(provisioning)
    migrated = Schemas(provisioning)
    yield migrated
    await migrated.close()
