"""One worker for all tests of the workflows; each test watches rows of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.workflows.ground import Ground, workflow_worker


@pytest.fixture(scope="package")
async def ground() -> AsyncIterator[Ground]:
    async with workflow_worker() as running:
        yield running
