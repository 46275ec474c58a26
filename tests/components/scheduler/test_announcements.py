"""Everything is announced at its time, to those whom it concerns, once."""

from datetime import datetime, timedelta

from shared.events import scheduler as told
from shared.events.base import Envelope
from tests.components.scheduler.conftest import DAY, HOUR, MINUTE, Clinic


def at(heard: Envelope, moment: datetime) -> bool:
    """Told at this moment: the clock flows a little while the service works."""
    return timedelta(0) <= heard.time - moment < MINUTE


async def test_a_session_is_due_a_day_before_with_everybody_who_is_expected(clinic: Clinic) -> None:
    ana, ben, carl = await clinic.members(3)
    cohort = ana.cohort
    session_id, starts_at = cohort.session("preparation:1")
    await carl.is_absent("preparation:1", excused=True)
    await clinic.scheduler.skip(starts_at)

    [due] = await clinic.scheduler.all_heard(told.SessionDue, cohort_id=cohort.id, item="preparation:1")
    assert at(due, starts_at - DAY)
    assert set(due.data.roster) == {ana.id, ben.id}
    assert (due.data.session_id, due.data.starts_at) == (session_id, starts_at)
    assert due.data.no_show_at == starts_at + timedelta(minutes=30)


async def test_who_left_is_expected_nowhere_any_more(clinic: Clinic) -> None:
    ana, ben = await clinic.members(2)
    assert (await ben.leaves("withdraw", "coordinator")).status_code == 200
    await clinic.scheduler.skip(ana.cohort.start("preparation:1"))
    due = await clinic.scheduler.heard(told.SessionDue, cohort_id=ana.cohort.id)
    assert due.data.roster == (ana.id,)


async def test_a_person_is_reminded_a_day_before_each_session_that_is_still_ahead(clinic: Clinic) -> None:
    person = await clinic.member()
    starts_at = person.cohort.start("preparation:1")
    await clinic.scheduler.skip(starts_at)
    [reminder] = await clinic.scheduler.all_heard(told.ReminderDue, program_id=person.id)
    assert at(reminder, starts_at - DAY)
    assert (reminder.data.session_item, reminder.data.starts_at) == ("preparation:1", starts_at)

    await person.is_absent("preparation:2", excused=True)
    await clinic.scheduler.skip(person.cohort.start("preparation:2"))
    assert len(await clinic.scheduler.all_heard(told.ReminderDue, program_id=person.id)) == 1


async def test_check_ins_follow_a_dose_after_a_day_and_three_days_rounded_up_to_five_minutes(clinic: Clinic) -> None:
    person = await clinic.member()
    await clinic.scheduler.skip(person.cohort.start("dose:1") + 7 * MINUTE)
    await person.is_dosed("dose:1")
    await clinic.scheduler.skip(8 * DAY)
    heard = {one.data.item: one for one in await clinic.scheduler.all_heard(told.CheckInDue, program_id=person.id)}
    counts_from = person.cohort.start("dose:1") + 10 * MINUTE
    assert set(heard) == {"check_in:dose:1:24h", "check_in:dose:1:72h"}
    assert heard["check_in:dose:1:24h"].data.due_at == counts_from + 24 * HOUR
    assert heard["check_in:dose:1:72h"].data.due_at == counts_from + 72 * HOUR
    assert all(at(one, one.data.due_at) for one in heard.values())


async def test_nobody_who_was_not_dosed_is_asked_how_they_are(clinic: Clinic) -> None:
    person = await clinic.member()
    await clinic.scheduler.skip(person.cohort.start("dose:1"))
    await person.is_absent("dose:1")
    await clinic.scheduler.skip(4 * DAY)
    assert await clinic.scheduler.all_heard(told.CheckInDue, program_id=person.id) == []


async def test_a_measure_is_due_when_its_window_opens_and_once(clinic: Clinic) -> None:
    person = await clinic.member()
    dose = person.cohort.start("dose:1")
    await clinic.scheduler.skip(dose)
    [baseline] = await clinic.scheduler.all_heard(told.MeasureDue, program_id=person.id, item="measure:baseline")
    assert (baseline.data.due_at, baseline.data.opens_at, baseline.data.closes_at) == (dose, dose - 14 * DAY, dose)
    assert at(baseline, dose - 14 * DAY)


async def test_phases_are_told_as_the_calendar_turns(clinic: Clinic) -> None:
    person = await clinic.member()
    await clinic.scheduler.skip(person.cohort.start("circle:10") + DAY)
    told_of = await clinic.scheduler.all_heard(told.PhaseChanged, program_id=person.id)
    phases = [one.data.phase for one in told_of]
    assert phases == ["cohort_assignment", "preparation", "dosing", "integration", "follow_up"]
    assert at(told_of[2], person.cohort.start("dose:1"))


async def test_whoever_asks_is_told_what_is_next_and_why(clinic: Clinic) -> None:
    person = await clinic.member()
    ahead = await person.ahead()
    first = ahead["preparation:1"]
    assert first["at"].endswith(("T09:00:00-08:00", "T09:00:00-07:00"))
    assert first["why"] == "the calendar: Meeting the group"
    dose = ahead["dose:1"]
    assert dose["held"]
    closed = {gate["name"]: gate["why"] for gate in dose["gates"] if not gate["open"]}
    assert closed == {"measure:baseline_missing": "Before the first dose: not complete yet"}
    facts = [fact["kind"] for fact in (await person.shown())["facts"]]
    assert facts[:2] == ["referred", "screened"]
    assert "seat_accepted" in facts
