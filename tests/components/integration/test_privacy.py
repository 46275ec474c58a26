"""Answers, scores and reasons stay behind row-level security, and what was said or signed is never rewritten."""

import asyncpg
import pytest

from services.integration.storage.tables import metadata
from tests.components.integration.conftest import DAY, Person
from tests.lib.component import Component

APPEND_ONLY = ("overridden_item", "check_in_answer", "check_in_call", "response", "c_ssrs", "signed_decision")


@pytest.mark.parametrize("table", sorted(metadata.tables))
async def test_the_observer_reads_none_of_integrations_own_tables(integration: Component, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await integration.database.fetch(f"select * from {table}")


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_what_was_said_or_signed_cannot_be_changed(integration: Component, table: str) -> None:
    async with integration.admin.transaction():
        await integration.admin.execute("set local role homeward_integration")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with integration.admin.transaction():
                await integration.admin.execute(f"update {table} set site = 'co'")


async def test_rows_are_seen_with_their_own_site_alone(integration: Component, person: Person) -> None:
    await person.is_measured("week5", -7 * DAY, 7 * DAY)
    await person.fills_in("measure:week5", "gad7", [0] * 7)
    seen = {}
    for sites in ("", "co", "bc"):
        async with integration.admin.transaction():
            await integration.admin.execute("set local role homeward_integration")
            await integration.admin.execute("select set_config('homeward.sites', $1, true)", sites)
            seen[sites] = await integration.admin.fetchval("select count(*) from response")
    assert (seen[""], seen["co"]) == (0, 0)
    assert seen["bc"] > 0
