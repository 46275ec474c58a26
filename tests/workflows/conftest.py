"""One clockwork for all tests of the workflows; each test watches rows of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.workflows.ground import Ground, clockwork


@pytest.fixture(scope="package")
async def ground() -> AsyncIterator[Ground]:
    async with clockwork() as running:
        yield running
