"""Whoever follows a protocol follows its pinned content: a file that is edited under its version treats nobody."""

from collections.abc import AsyncIterator

import pytest

from shared.events import session as told
from tests.components.session.conftest import HOUR, MINUTE, PIN, Day, authorities_answer, plan, rule
from tests.lib.component import Component
from tests.lib.pinned import edited

EDITED = ("not_before: {value: PT2H, source: REMS}", "not_before: {value: PT2H30M, source: REMS}")
"""An edit that every check of a file lets through; what it changes does not matter, the pin is to the content."""


@pytest.fixture
async def dosed(service: Component, day: Day) -> AsyncIterator[Day]:
    """A day on which the one person is dosed, and somebody then changes the time of discharge, in the file."""
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    assert (await day.dose(person)).status_code == 201
    async with edited(service, PIN, *EDITED):
        yield day
    await service.skip(2 * HOUR)
    assert (await day.discharge(person, missing_observations_reason="The file was edited.")).status_code == 201
    assert (await day.close()).status_code == 200


async def test_nobody_is_observed_or_discharged_by_a_file_that_was_edited(service: Component, dosed: Day) -> None:
    [person] = dosed.people
    await service.skip(6 * MINUTE)
    assert rule(await dosed.observe(person, 0)) == "protocol_changed"
    assert rule(await dosed.discharge(person, missing_observations_reason="In haste.")) == "protocol_changed"
    shown = await dosed.shown()
    assert (shown["refused_by"], shown["quorum"]) == ("protocol_changed", None)
    assert [entry["state"] for entry in shown["roster"]] == ["dosed"]


async def test_what_is_owed_under_an_edited_file_says_so_and_goes_on_once_it_is_back(
    service: Component, dosed: Day
) -> None:
    [person] = dosed.people
    await service.skip(20 * MINUTE)
    [task] = await dosed.tasks(kind="observations")
    assert (task["stage"], task["owner"]) == ("protocol_changed", "facilitator")
    assert await service.heard(told.ObligationEscalated, program_id=person, stage="protocol_changed")
    [before] = await service.all_heard(told.ObligationEscalated, program_id=person, stage="protocol_changed")
    await service.skip(30 * MINUTE)
    assert await service.all_heard(told.ObligationEscalated, program_id=person, stage="protocol_changed") == [before]


async def test_nobody_is_absent_because_a_file_was_edited(service: Component) -> None:
    await authorities_answer(service)
    day = await plan(service, people=2)
    async with edited(service, PIN, *EDITED):
        await day.begin()
        assert rule(await day.arrive(day.people[0])) == "protocol_changed"
        await service.skip(35 * MINUTE)
        assert set((await day.states()).values()) == {"expected"}
        [task] = [task for task in await day.tasks() if task["kind"] == "attendance"]
        assert task["stage"] == "protocol_changed"
    await service.skip(10 * MINUTE)
    assert set((await day.states()).values()) == {"absent"}
