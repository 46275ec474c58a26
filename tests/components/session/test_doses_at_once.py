"""Two nurses at once, and a third whose dose is rolled back: one dose is given, the other refused, and nobody waits."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from services.session.domain.dose import Dose
from services.session.storage import doses
from shared.refusal import Refused
from tests.components.session.conftest import Day, plan
from tests.lib.component import Component

DEADLOCK_TIMEOUT = 1.0
"""Seconds after which PostgreSQL looks whether those who wait for one another wait for ever (its default)."""


class RolledBack(Exception):
    """The first nurse's request fails after its dose was written."""


async def a_dose(day: Day) -> Dose:
    """A dose as it is kept."""
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    assert (await day.dose(person)).status_code == 201
    async with day.service.run.open_work(["bc"]) as work:
        [given] = await doses.doses_of(work, person)
    return given


def another(given: Dose, number: int, after: timedelta) -> Dose:
    later = given.administered_at + after
    return replace(given, id=uuid4(), item=f"dose:{number}", administered_at=later, verification_id=None)


async def give(service: Component, dose: Dose) -> str:
    """What became of it: given, or the rule that refused it, with its words."""
    try:
        async with service.run.open_work(["bc"]) as work:
            await doses.add_dose(work, dose, "bc")
    except Refused as refused:
        return str(refused)
    return "given"


async def waiting(service: Component, number: int) -> None:
    """Returns when so many transactions wait for another one."""
    query = "select count(*) from pg_locks where not granted and locktype = 'transactionid'"
    async with asyncio.timeout(10):
        while True:
            if await service.admin.fetchval(query) >= number:
                return
            await asyncio.sleep(0.005)


async def test_whoever_waits_for_a_dose_that_is_rolled_back_is_answered_at_once(service: Component) -> None:
    given = await a_dose(await (await plan(service)).begin())
    later = given.min_interval + timedelta(days=1)
    held, *rivals = [another(given, number, later) for number in (2, 3, 4, 5)]
    given_by_rivals = []
    try:
        async with service.run.open_work(["bc"]) as work:
            await doses.add_dose(work, held, "bc")
            given_by_rivals = [asyncio.create_task(give(service, dose)) for dose in rivals]
            await waiting(service, len(rivals))
            raise RolledBack
    except RolledBack:
        since = time.monotonic()
    said = await asyncio.gather(*given_by_rivals)
    assert time.monotonic() - since < DEADLOCK_TIMEOUT
    assert sorted(words.partition(":")[0] for words in said) == ["given", *["minimum_interval"] * 2]
    winner = rivals[said.index("given")]
    assert all(f"after {winner.item} no dose before" in words for words in said if words != "given")


async def test_the_database_names_the_dose_that_is_in_the_way(service: Component) -> None:
    given = await a_dose(await (await plan(service)).begin())
    soon = another(given, 2, timedelta(hours=1))
    until = (given.administered_at + given.min_interval).isoformat()
    assert await give(service, soon) == f"minimum_interval: after dose:1 no dose before {until}"
    twice = replace(given, id=uuid4(), administered_at=given.administered_at + given.min_interval * 2)
    assert await give(service, twice) == "already_dosed: dose:1 was given already: a dose is never doubled"
