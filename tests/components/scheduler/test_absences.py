"""Each absence has an owner from its first moment, holds what it holds, and ends with its one remedy."""

from datetime import timedelta

from shared.events import scheduler as told
from tests.components.scheduler.conftest import DAY, HOUR, SIGNATURE, Clinic, Person, problem


async def prepared(clinic: Clinic) -> Person:
    """A member on the day of the first circle, dosed the day before."""
    person = await clinic.member()
    await person.attends("preparation:1", "preparation:2")
    await person.completes("measure:baseline")
    await clinic.scheduler.skip(person.cohort.start("dose:1"))
    await person.is_dosed("dose:1")
    await clinic.scheduler.skip(person.cohort.start("circle:1") + HOUR)
    return person


async def test_a_missed_circle_holds_the_next_dose_until_the_make_up_is_attended(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1")
    await clinic.scheduler.heard(told.DoseHeld, program_id=person.id, item="circle:1")
    [task] = await person.tasks("absence")
    assert (task["item"], task["owner"], task["overdue"]) == ("circle:1", "coordinator", False)
    assert (await person.ahead())["dose:2"]["held"]

    answer = await person.books_make_up("circle:1")
    assert answer.status_code == 201, answer.text
    booked = await clinic.scheduler.heard(told.MakeUpBooked, program_id=person.id)
    assert (booked.data.item, booked.data.kind) == ("make_up:circle:1", "circle")
    assert booked.data.no_show_at - booked.data.starts_at == timedelta(minutes=30)
    assert (await person.ahead())["make_up:circle:1"]["why"] == "circle:1 was missed"
    assert await person.tasks("absence") == [task]

    await clinic.scheduler.skip(booked.data.ends_at)
    await person.attends("make_up:circle:1")
    await clinic.scheduler.heard(told.DoseReleased, program_id=person.id, item="circle:1")
    closed = await clinic.scheduler.heard(told.ObligationClosed, program_id=person.id, kind="absence")
    assert (closed.data.closure, closed.data.closed_by) == ("make_up", "rule:make_up")
    assert await person.tasks("absence") == []
    assert not (await person.ahead())["dose:2"]["held"]


async def test_an_absence_that_nobody_had_told_of_is_called_about_holds_its_dose_and_counts_in_no_review(
    clinic: Clinic,
) -> None:
    person = await clinic.member()
    await person.is_absent("preparation:1")
    await person.is_absent("preparation:2")
    [review] = await person.tasks("withdrawal_review")
    await person.had_not_heard_of("preparation:2")
    closed = await clinic.scheduler.heard(told.ObligationClosed, program_id=person.id, kind="withdrawal_review")
    assert (str(closed.data.obligation_id), closed.data.closure) == (review["id"], "taken_back")
    assert (await person.shown())["unheard"] == ["preparation:2"]
    assert (await person.ahead())["dose:1"]["held"]
    assert {task["item"] for task in await person.tasks("absence")} == {"preparation:1", "preparation:2"}
    [call] = await person.tasks("unheard_absence")
    assert (call["item"], call["owner"]) == ("preparation:2", "coordinator")
    called = await clinic.as_("coordinator").post(f"/tasks/{call['id']}/close")
    assert called.json()["closure"] == "called"
    assert await person.tasks("unheard_absence") == []
    await person.is_absent("dose:1")
    assert len(await person.tasks("withdrawal_review")) == 1


async def test_a_call_about_an_absence_that_is_taken_back_is_not_owed_any_more(clinic: Clinic) -> None:
    person = await clinic.member()
    await person.is_absent("preparation:1")
    await person.had_not_heard_of("preparation:1")
    assert len(await person.tasks("unheard_absence")) == 1
    await person.is_not_absent("preparation:1", "attended")
    assert await person.tasks("unheard_absence") == []
    assert (await person.shown())["unheard"] == []


async def test_a_missed_make_up_is_booked_again(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1")
    await person.books_make_up("circle:1")
    await person.is_absent("make_up:circle:1")
    assert len(await person.tasks("absence")) == 1
    again = await person.books_make_up("circle:1")
    assert again.json()["item"] == "make_up:circle:1:2"
    await person.attends("make_up:circle:1:2")
    assert await person.tasks("absence") == []


async def test_a_signed_override_releases_the_next_dose_and_is_told(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1")
    assert (await person.is_overridden("circle:1")).status_code == 200
    await clinic.scheduler.heard(told.ItemOverridden, program_id=person.id, item="circle:1")
    await clinic.scheduler.heard(told.DoseReleased, program_id=person.id)
    closed = await clinic.scheduler.heard(told.ObligationClosed, program_id=person.id)
    assert (closed.data.closure, closed.data.closed_by) == ("override", "clinician-1")
    assert problem(await person.is_overridden("circle:1")) == (409, "absence_closed", "item")


async def test_a_circle_that_holds_a_dose_is_not_closed_by_a_word(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1", excused=True)
    assert problem(await person.goes_on("circle:1")) == (409, "holds_next_dose", "item")
    assert len(await person.tasks("absence")) == 1


async def test_a_missed_dose_is_the_prescribers_and_is_never_doubled(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await clinic.scheduler.skip(person.cohort.start("dose:2"))
    await person.is_absent("dose:2")
    [task] = await person.tasks("absence")
    assert (task["item"], task["owner"]) == ("dose:2", "prescriber")
    assert problem(await person.books_make_up("dose:2")) == (409, "never_doubled", "missed_item")
    assert problem(await person.is_overridden("dose:2")) == (409, "never_doubled", "item")
    assert "dose:2" not in await person.ahead()

    assert (await person.goes_on("dose:2")).status_code == 200
    closed = await clinic.scheduler.heard(told.ObligationClosed, program_id=person.id, item="dose:2")
    assert (closed.data.closure, closed.data.closed_by) == ("go_on", "prescriber-1")
    assert await clinic.scheduler.all_heard(told.DoseHeld, program_id=person.id) == []


async def test_a_circle_after_the_last_dose_holds_nothing(clinic: Clinic) -> None:
    person = await prepared(clinic)
    for number in range(2, 7):
        await person.is_dosed(f"dose:{number}")
    await person.is_absent("circle:7")
    assert len(await person.tasks("absence")) == 1
    assert await clinic.scheduler.all_heard(told.DoseHeld, program_id=person.id) == []
    assert (await person.goes_on("circle:7")).status_code == 200
    assert await person.tasks("absence") == []


async def test_an_absence_that_nobody_remedies_becomes_the_clinicians(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1")
    [task] = await person.tasks("absence")
    await clinic.scheduler.skip(5 * DAY + HOUR)
    escalated = await clinic.scheduler.heard(told.ObligationEscalated, program_id=person.id)
    assert (escalated.data.owner, escalated.data.stage) == ("clinician", "overdue")
    await clinic.scheduler.skip(3 * DAY)
    [overdue] = await person.tasks("absence")
    assert (overdue["id"], overdue["owner"], overdue["overdue"]) == (task["id"], "clinician", True)
    assert len(await clinic.scheduler.all_heard(told.ObligationEscalated, program_id=person.id)) == 1


async def test_an_absence_told_in_advance_is_not_overdue_before_the_session(clinic: Clinic) -> None:
    person = await clinic.member()
    await person.is_absent("circle:1", excused=True)
    [task] = await person.tasks("absence")
    deadline = (person.cohort.start("circle:1") + 5 * DAY).isoformat()
    assert task["deadline"][:19] == deadline[:19]


async def test_a_repeated_or_later_word_about_the_same_absence_changes_nothing(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1")
    await person.is_absent("circle:1", excused=True)
    await person.attends("circle:1")
    assert len(await person.tasks("absence")) == 1
    assert len(await clinic.scheduler.all_heard(told.DoseHeld, program_id=person.id)) == 1


async def test_remedies_are_refused_by_rule_and_field(clinic: Clinic) -> None:
    person = await prepared(clinic)
    assert problem(await person.books_make_up("circle:1")) == (409, "no_absence", "missed_item")
    assert problem(await person.is_overridden("circle:1")) == (409, "no_absence", "item")
    await person.is_absent("circle:1")
    past = await clinic.scheduler.now() - HOUR
    assert problem(await person.books_make_up("circle:1", past)) == (422, "starts_in_the_past", "starts_at")
    far = {"missed_item": "circle:1", "starts_at": "9999-12-31T23:59:59Z", "minutes": 60}
    assert problem(await person.posts("coordinator", "make-ups", **far)) == (422, None, "body.starts_at")
    long = far | {"starts_at": "2040-01-01T09:00:00Z", "minutes": 481}
    assert problem(await person.posts("coordinator", "make-ups", **long)) == (422, None, "body.minutes")
    unsigned = {"item": "circle:1", "reason": "well"}
    assert problem(await person.posts("clinician", "overrides", **unsigned)) == (422, None, "body.signature")
    garbled = {"item": "circle:1", "reason": "a\u0000bc", "signature": SIGNATURE}
    assert problem(await person.posts("clinician", "overrides", **garbled)) == (422, None, "body.reason")
