"""A dose is never doubled, and never sooner than the minimum interval after the last one."""

from datetime import timedelta

from tests.components.session.conftest import DAY, Day, plan, rule
from tests.lib.component import Component


async def test_a_dose_is_given_once_and_never_sooner_than_the_interval(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    assert (await day.dose(person)).status_code == 201
    assert rule(await day.dose(person)) == "already_dosed"
    too_soon = await _next(service, day, "dose:2", 5 * DAY)
    assert rule(await too_soon.decide(person)) == "minimum_interval"
    again = await _next(service, day, "dose:1", timedelta(days=1, hours=2))
    assert rule(await again.decide(person)) == "already_dosed"
    in_time = await _next(service, day, "dose:2", timedelta())
    assert (await in_time.decide(person)).status_code == 201
    assert (await in_time.dose(person)).status_code == 201


async def _next(service: Component, before: Day, item: str, later: timedelta) -> Day:
    """Another dosing session for the same person, who has arrived."""
    await service.skip(later)
    day = await plan(service, item)
    day.people = before.people
    await day.begin()
    await day.arrive(day.people[0])
    return day
