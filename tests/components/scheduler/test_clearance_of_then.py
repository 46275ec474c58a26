"""What the scheduler said of a dose is what it says years later, whatever happened in between."""

from tests.components.scheduler.conftest import HOUR, Clinic
from tests.components.scheduler.test_amendments import Ward, ward, young_ward
from tests.components.scheduler.test_clearance import ready
from tests.lib.again import asked_again, stands

__all__ = ["ward", "young_ward"]


async def test_later_facts_change_nothing_of_an_earlier_answer(clinic: Clinic) -> None:
    auditor, person = clinic.as_("auditor"), await ready(clinic)
    cleared = await person.clearance("dose:1")
    await person.is_dosed("dose:1")
    given = await person.clearance("dose:1")
    await person.is_absent("circle:1")
    await clinic.scheduler.skip(person.cohort.start("dose:2"))
    held = await person.clearance("dose:2")
    await person.is_overridden("circle:1")
    await person.leaves("withdraw", "coordinator")
    gone = await person.clearance("dose:2")
    assert [cleared.refusals, given.refusals, held.refusals, gone.refusals] == [
        (),
        ("already_dosed",),
        ("held:circle_owed",),
        ("program_not_active",),
    ]
    for item, then in (("dose:1", cleared), ("dose:1", given), ("dose:2", held), ("dose:2", gone)):
        assert await stands(auditor, person.id, item, then), (item, then)


async def test_an_answer_is_asked_again_under_the_version_that_was_followed_then(ward: Ward) -> None:
    person, auditor = ward.people[0], ward.clinic.as_("auditor")
    before = await person.clearance("dose:1")
    await ward.release("1.1.0")
    await ward.amend()
    await ward.live_on(ward.cohort.start("dose:2") - HOUR)
    after = await person.clearance("dose:2")
    for item, then, version in (("dose:1", before, "1.0.0"), ("dose:2", after, "1.1.0")):
        said = await asked_again(auditor, person.id, item, then)
        assert said["agrees"], said
        assert [pin.partition("#")[0] for pin in said["protocols"]] == [f"amendable6@{version}"]
        assert said["protocols"] == said["recorded"]["protocols"]


async def test_an_answer_that_nobody_recorded_is_asked_again_all_the_same(clinic: Clinic) -> None:
    person = await ready(clinic)
    then = await person.clearance("dose:1")
    another = then.model_copy(update={"answered_at": then.answered_at + HOUR / 60})
    said = await asked_again(clinic.as_("auditor"), person.id, "dose:1", another)
    assert (said["recorded"], said["agrees"], said["refusals"]) == (None, None, [])


async def test_only_an_auditor_asks_again(clinic: Clinic) -> None:
    person = await clinic.member()
    moment = {"at": "2030-01-01T00:00:00Z", "revision": 1}
    answer = await clinic.as_("prescriber").get(f"/clearances/{person.id}/dose:1", params=moment)
    assert answer.status_code == 403
