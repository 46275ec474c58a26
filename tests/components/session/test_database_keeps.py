"""What the database itself refuses, whatever the service believes: doses at once or at two sites, changed records."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.session.domain.dose import Dose
from services.session.storage import doses
from shared.refusal import Refused
from tests.components.session.conftest import DAY, MINUTE, Day, rule
from tests.lib.component import Component


async def test_two_doses_in_the_same_moment_are_one(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    both = await asyncio.gather(day.dose(person), day.dose(person, by="prescriber-2"))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    assert [rule(answer) for answer in both if answer.status_code == 409] == ["already_dosed"]


async def test_a_dose_at_another_site_is_refused_by_what_nobody_there_can_see(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    assert (await day.dose(person)).status_code == 201
    async with service.run.open_work(["bc"]) as work:
        [given] = await doses.doses_of(work, person)
    elsewhere = replace(
        given, id=uuid4(), item="dose:2", verification_id=None, administered_at=given.administered_at + 5 * DAY
    )
    async with service.run.open_work(["co"]) as work:
        assert await doses.doses_of(work, person) == []
    with pytest.raises(Refused, match="minimum_interval"):
        await _give(service, elsewhere, "co")


async def test_the_constraints_hold_without_the_service(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    await day.dose(person)
    again = """
        insert into dose select gen_random_uuid(), session_id, program_id, $2, site, administered_at + $3,
            administered_by, verified_by, route, mg, weight_kg, weighed_on, mg_per_kg, lot, expires_on,
            concentration_mg_per_ml, decision_id, clearances, min_interval, administered_at + $3 + min_interval, null
        from dose where program_id = $1
    """
    with pytest.raises(asyncpg.UniqueViolationError, match="dose_once"):
        await service.admin.execute(again, person, "dose:1", 144 * 60 * MINUTE)
    with pytest.raises(asyncpg.ExclusionViolationError, match="dose_minimum_interval"):
        await service.admin.execute(again, person, "dose:2", 143 * 60 * MINUTE)
    await service.admin.execute(again, person, "dose:2", 144 * 60 * MINUTE)


@pytest.mark.parametrize(
    "table", ["dose", "decision", "vitals", "observation", "discharge", "substance_ledger", "verification", "witness"]
)
async def test_what_was_recorded_cannot_be_changed(service: Component, table: str) -> None:
    for command in (f"update {table} set site = 'co'", f"delete from {table}"):
        with pytest.raises(DBAPIError, match="permission denied"):
            await _try(service, command)


async def _give(service: Component, dose: Dose, site: str) -> None:
    async with service.run.open_work([site]) as work:
        await doses.add_dose(work, dose, site)


async def _try(service: Component, command: str) -> None:
    async with service.run.open_work(["bc"]) as work:
        await work.connection.execute(text(command))
