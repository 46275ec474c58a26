"""Whoever waited for a lock acts when it is given: what was committed meanwhile is earlier than what they do."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.components.session.conftest import Day, authorities_answer, rule
from tests.lib.component import Component


@pytest.fixture
async def going(service: Component, day: Day) -> Day:
    """The one person of the day has a go."""
    await authorities_answer(service)
    await day.arrive(day.people[0])
    assert (await day.decide(day.people[0])).status_code == 201
    return day


async def dosed_after_waiting(service: Component, day: Day, wait: timedelta) -> tuple[Any, datetime]:
    """The answer to a dose whose session somebody else held locked all this time, and when they let go."""
    [person] = day.people
    verification = (await day.verify(person)).json()["verification_id"]
    body = await day.order(person) | {"verification": verification}
    async with service.admin.transaction():
        await service.admin.execute("select from session where id = $1 for update", day.session_id)
        asked = asyncio.create_task(day.post("prescriber", "doses", **body))
        waiting = "select count(*) from pg_locks where not granted"
        while not await service.database.fetchval(waiting):  # noqa: ASYNC110 (PostgreSQL tells nobody who waits)
            await asyncio.sleep(0.01)
        let_go_at = await service.now() + wait
        await service.time.move(let_go_at)
    return await asked, let_go_at


async def test_a_dose_that_waited_for_its_session_is_given_when_the_wait_is_over(
    service: Component, going: Day
) -> None:
    answer, let_go_at = await dosed_after_waiting(service, going, timedelta(seconds=3))
    assert answer.status_code == 201, answer.text
    assert datetime.fromisoformat(answer.json()["administered_at"]) >= let_go_at


async def test_answers_that_were_given_before_a_long_wait_clear_no_dose(service: Component, going: Day) -> None:
    answer, _ = await dosed_after_waiting(service, going, timedelta(seconds=30))
    assert rule(answer) == "stale_answer:scheduler, stale_answer:intake, stale_answer:integration"
