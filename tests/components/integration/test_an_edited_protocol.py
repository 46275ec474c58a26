"""Whoever follows a protocol follows its pinned content: a file that is edited under its version treats nobody."""

from shared.events.integration import CheckInOpened, RiskRaised
from tests.components.integration.conftest import DAY, HOUR, MINUTE, PIN, Person, booked_circle, due, tasks
from tests.lib.component import Component
from tests.lib.pinned import edited

ITEM = "check_in:dose:3:24h"
EDITED = ("clearance_valid_for: {value: PT10M", "clearance_valid_for: {value: PT9M")


async def test_a_dose_is_not_cleared_by_a_file_that_was_edited(integration: Component, person: Person) -> None:
    await person.is_measured("baseline", -14 * DAY, 0 * DAY)
    async with edited(integration, PIN, *EDITED):
        assert (await person.clearance("dose:1")).refusals == ("protocol_changed",)
    assert "protocol_changed" not in (await person.clearance("dose:1")).refusals


async def test_a_check_in_of_an_edited_file_is_a_persons_to_make_at_once(
    integration: Component, person: Person
) -> None:
    async with edited(integration, PIN, *EDITED):
        await person.is_asked(ITEM)
        await integration.heard(CheckInOpened, program_id=person.id, item=ITEM)
        [task] = await person.tasks("check_in")
        assert (task["stage"], task["owner"]) == ("protocol_changed", "coordinator")
        listed = await integration.as_("participant", subject=person.id).get(
            "/check-ins", params={"program_id": str(person.id)}
        )
        [shown] = listed.json()["items"]
        assert (shown["refused_by"], shown["questions"]) == ("protocol_changed", [])
        assert (await person.says(ITEM, coping=2, unsafe=0)).json()["rule"] == "protocol_changed"
        body = {"reached": True, "risk": True}
        called = await integration.as_("coordinator").post(f"/check-ins/{person.id}/{ITEM}/calls", json=body)
        assert called.status_code == 200, called.text
        await integration.heard(RiskRaised, program_id=person.id)
        [risk] = await person.tasks("risk")
        assert risk["owner"] == "clinician"


async def test_a_measure_of_an_edited_file_is_listed_and_chased_once_it_is_back(
    integration: Component, person: Person
) -> None:
    async with edited(integration, PIN, *EDITED):
        await person.is_measured("baseline", -14 * DAY, 0 * DAY)
        [shown] = (await integration.as_("clinician").get("/measures", params={"program_id": str(person.id)})).json()[
            "items"
        ]
        assert (shown["refused_by"], shown["questionnaires"]) == ("protocol_changed", [])
        assert (await person.fills_in("measure:baseline", "phq9", [0] * 9)).json()["rule"] == "protocol_changed"
        [task] = await person.tasks("measure")
        assert task["stage"] == "protocol_changed"
    await integration.skip(HOUR)
    [task] = await person.tasks("measure")
    assert task["stage"] != "protocol_changed"


async def test_nobody_is_absent_from_a_circle_because_a_file_was_edited(integration: Component, person: Person) -> None:
    booked = await booked_circle(integration, person.cohort_id)
    async with edited(integration, PIN, *EDITED):
        await integration.publish(booked, due(booked, person))
        await integration.skip(booked.starts_at + 30 * MINUTE)
        here = {"present": [str(person.id)]}
        answer = await integration.as_("facilitator").post(f"/circles/{booked.session_id}/attendance", json=here)
        assert (answer.status_code, answer.json()["rule"]) == (409, "protocol_changed")
        [task] = [task for task in await tasks(integration, "attendance") if task["item"] == str(booked.session_id)]
        assert task["stage"] == "protocol_changed"


async def test_a_pin_whose_content_nobody_kept_clears_no_dose(integration: Component, person: Person) -> None:
    await integration.admin.execute("update participant set protocol_hash = null where program_id = $1", person.id)
    assert (await person.clearance("dose:1")).refusals == ("protocol_unpinned",)
