"""What integration said of a dose is what it says years later, whatever was made up, completed or decided since."""

from tests.components.integration.conftest import DAY, HOUR, MINUTE, Person
from tests.components.integration.test_circles import a_due_circle, record
from tests.components.integration.test_measures import BASELINE, fill_in_all
from tests.lib.again import stands
from tests.lib.component import Component


async def test_a_circle_that_was_made_up_later_was_owed_then(integration: Component, person: Person) -> None:
    free = await person.clearance()
    await a_due_circle(integration, person)
    await integration.skip(2 * HOUR)
    held = await person.clearance()
    make_up = (await person.makes_up("circle:3")).session_id
    await integration.skip(HOUR + MINUTE)
    await record(integration, make_up, present=[str(person.id)])
    released = await person.clearance()
    assert [free.refusals, held.refusals, released.refusals] == [(), ("circle_owed:circle:3",), ()]
    for then in (free, held, released):
        assert await stands(integration.as_("auditor"), person.id, "dose:4", then), then


async def test_a_measure_that_was_completed_later_was_missing_then(integration: Component, person: Person) -> None:
    await person.is_measured("baseline", -14 * DAY, DAY)
    missing = await person.clearance("dose:1")
    await fill_in_all(person, BASELINE)
    await integration.until_idle()
    done = await person.clearance("dose:1")
    assert missing.refusals == ("baseline_missing",)
    for then in (missing, done):
        assert await stands(integration.as_("auditor"), person.id, "dose:1", then), then
