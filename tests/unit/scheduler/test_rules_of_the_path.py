"""The rules that a program keeps, one by one, on one calendar."""

from datetime import date, time, timedelta

import pytest

from services.scheduler.domain.agenda import Item, agenda
from services.scheduler.domain.attendance import remedy
from services.scheduler.domain.clearance import refusals
from services.scheduler.domain.decide import decide
from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.history import History
from services.scheduler.domain.reviews import review_of_absences
from services.scheduler.domain.standing import phase, state
from tests.unit.scheduler.histories import COHORT, WEEKLY6, Facts, book_make_up, member, plan

CALENDAR = plan()


def ahead(facts: Facts) -> dict[str, Item]:
    return {item.key: item for item in agenda(WEEKLY6, CALENDAR, facts.history)}


def start(item: str):
    return CALENDAR.sessions[item].starts_at


def prepared() -> Facts:
    facts = member(CALENDAR)
    for item in ("preparation:1", "preparation:2"):
        facts.tell(FactKind.ATTENDED, item, start(item))
    return facts


def cleared(facts: Facts, item: str, at=None) -> tuple[str, ...]:
    now = at or start(item)
    return refusals(WEEKLY6, CALENDAR, facts.history, tuple(ahead(facts).values()), item, now)


def test_a_prepared_person_is_cleared_on_the_day_of_their_dose() -> None:
    assert cleared(prepared(), "dose:1") == ()


def test_a_dose_is_not_due_on_another_day() -> None:
    assert "not_due" in cleared(prepared(), "dose:1", start("dose:1") - timedelta(days=1))


def test_a_preparation_of_which_nobody_has_said_anything_yet_blocks_the_first_dose() -> None:
    facts = member(CALENDAR).tell(FactKind.ATTENDED, "preparation:1", start("preparation:1"))
    assert "held:preparation_owed" in cleared(facts, "dose:1")
    facts.tell(FactKind.ATTENDED, "preparation:2", start("preparation:2"))
    assert "held:preparation_owed" not in cleared(facts, "dose:1")


def test_a_missed_preparation_blocks_the_first_dose() -> None:
    facts = member(CALENDAR).tell(FactKind.ABSENT, "preparation:1", start("preparation:1"), excused=True)
    assert "held:preparation_owed" in cleared(facts, "dose:1")


def test_a_missed_circle_holds_the_next_dose_until_it_is_made_up() -> None:
    facts = prepared().tell(FactKind.DOSED, "dose:1", start("dose:1"))
    facts.tell(FactKind.ABSENT, "circle:1", start("circle:1"), excused=False)
    assert "held:circle_owed" in cleared(facts, "dose:2")
    book_make_up(facts, "circle:1", start("circle:1") + timedelta(days=1))
    assert "held:circle_owed" in cleared(facts, "dose:2")
    facts.tell(FactKind.ATTENDED, "make_up:circle:1", start("circle:1") + timedelta(days=1, hours=2))
    assert cleared(facts, "dose:2") == ()


def test_a_signed_override_releases_the_next_dose() -> None:
    facts = prepared().tell(FactKind.ABSENT, "circle:1", start("circle:1"), excused=False)
    facts.tell(FactKind.OVERRIDDEN, "circle:1", start("circle:1") + timedelta(days=1), by="dr-1")
    assert cleared(facts, "dose:2") == ()


def test_an_excuse_alone_does_not_release_the_next_dose() -> None:
    facts = prepared().tell(FactKind.ABSENT, "circle:1", start("circle:1"), excused=True)
    facts.tell(FactKind.ABSENCE_CLOSED, "circle:1", start("circle:1"), closure="excused_by_clinician", by="dr-1")
    assert "held:circle_owed" in cleared(facts, "dose:2")


def test_a_clinicians_hold_holds_every_dose_until_it_is_released() -> None:
    facts = prepared().tell(FactKind.HELD, "hold:5", start("preparation:2"), by="dr-1")
    assert "held:clinician_hold" in cleared(facts, "dose:1")
    facts.tell(FactKind.RELEASED, "hold:5", start("preparation:2"), by="dr-1")
    assert cleared(facts, "dose:1") == ()


def test_a_missed_dose_is_gone_and_holds_nothing() -> None:
    facts = prepared().tell(FactKind.ABSENT, "dose:1", start("dose:1"), excused=False)
    assert cleared(facts, "dose:1") == ("no_such_item",)
    assert cleared(facts, "dose:2") == ()


def test_a_dose_is_given_once() -> None:
    facts = prepared().tell(FactKind.DOSED, "dose:1", start("dose:1"))
    assert cleared(facts, "dose:1") == ("already_dosed",)


def test_the_minimum_interval_counts_from_the_last_dose_and_not_by_calendar_week() -> None:
    late = start("dose:2") - timedelta(days=5)
    facts = prepared().tell(FactKind.DOSED, "dose:1", late)
    assert "minimum_interval" in cleared(facts, "dose:2")


def test_nobody_who_left_is_cleared() -> None:
    facts = prepared().tell(FactKind.LEFT, "program", start("dose:1"), how="withdrawn")
    assert cleared(facts, "dose:1") == ("program_not_active",)


def test_a_missing_baseline_holds_the_first_dose() -> None:
    facts = prepared()
    facts.told = [fact for fact in facts.told if fact.item != "measure:baseline"]
    assert "held:measure:baseline_missing" in cleared(facts, "dose:1")


def test_two_unexcused_absences_in_a_row_open_a_review() -> None:
    facts = member(CALENDAR).tell(FactKind.ABSENT, "preparation:1", start("preparation:1"), excused=False)
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) is None
    facts.tell(FactKind.ABSENT, "preparation:2", start("preparation:2"), excused=False)
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) == "review:2"


def test_two_absences_with_a_session_between_them_open_no_review() -> None:
    facts = prepared().tell(FactKind.ABSENT, "dose:1", start("dose:1"), excused=False)
    facts.tell(FactKind.ATTENDED, "circle:1", start("circle:1"))
    facts.tell(FactKind.ABSENT, "dose:2", start("dose:2"), excused=False)
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) is None


def test_two_absences_in_a_row_that_are_heard_of_after_a_later_attendance_open_a_review_all_the_same() -> None:
    facts = prepared().tell(FactKind.ATTENDED, "circle:2", start("circle:2"))
    facts.tell(FactKind.ABSENT, "dose:1", start("dose:1"), excused=False)
    facts.tell(FactKind.ABSENT, "circle:1", start("circle:1"), excused=False)
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) == "review:2"


def test_three_absences_open_a_review_even_when_each_is_excused() -> None:
    facts = member(CALENDAR)
    for item in ("preparation:1", "dose:2", "circle:4"):
        facts.tell(FactKind.ABSENT, item, start(item), excused=True)
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) == "review:3"


def test_an_absence_from_a_session_that_nobody_had_told_of_counts_in_no_review() -> None:
    facts = member(CALENDAR)
    for item in ("preparation:1", "preparation:2"):
        facts.tell(FactKind.ABSENT, item, start(item), excused=False)
    facts.tell(FactKind.ABSENCE_UNHEARD, "preparation:2", start("preparation:2"))
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) is None
    facts.tell(FactKind.ABSENT, "dose:2", start("dose:2"), excused=True)
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) is None
    facts.tell(FactKind.ABSENT, "circle:4", start("circle:4"), excused=True)
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) == "review:4"


def test_an_unheard_absence_between_two_others_does_not_end_their_run() -> None:
    facts = member(CALENDAR)
    for item in ("preparation:1", "preparation:2", "dose:1"):
        facts.tell(FactKind.ABSENT, item, start(item), excused=False)
    facts.tell(FactKind.ABSENCE_UNHEARD, "preparation:2", start("preparation:2"))
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) == "review:3"


def test_what_was_unheard_of_an_absence_that_is_taken_back_says_nothing_of_the_next_one() -> None:
    at = start("preparation:1")
    back = {"attended": False}
    for order in (
        (FactKind.ABSENCE_UNHEARD, FactKind.ABSENCE_TAKEN_BACK),
        (FactKind.ABSENCE_TAKEN_BACK, FactKind.ABSENCE_UNHEARD),
    ):
        facts = member(CALENDAR).tell(FactKind.ABSENT, "preparation:1", at, excused=False)
        for kind in order:
            late = timedelta(minutes=1) if kind is FactKind.ABSENCE_TAKEN_BACK else timedelta(0)
            facts.tell(kind, "preparation:1", at + late, **back)
        facts.tell(FactKind.ABSENT, "preparation:1", at + timedelta(minutes=2), excused=False)
        assert facts.history.unheard == {}


def test_a_review_is_opened_once() -> None:
    facts = member(CALENDAR)
    for item in ("preparation:1", "preparation:2"):
        facts.tell(FactKind.ABSENT, item, start(item), excused=False)
    facts.tell(FactKind.REVIEW_OPENED, "review:2", start("preparation:2"))
    assert review_of_absences(WEEKLY6, CALENDAR, facts.history) is None


def test_a_missed_dose_is_the_prescribers_and_a_missed_circle_the_coordinators() -> None:
    facts = prepared().tell(FactKind.ABSENT, "dose:1", start("dose:1"), excused=False)
    facts.tell(FactKind.ABSENT, "circle:2", start("circle:2"), excused=False)
    absences = facts.history.absences
    assert remedy(WEEKLY6, absences["dose:1"]).owner == "prescriber"
    assert remedy(WEEKLY6, absences["circle:2"]).owner == "coordinator"
    assert remedy(WEEKLY6, absences["circle:2"]).deadline < start("dose:3")


def test_check_ins_follow_each_given_dose_and_none_follows_a_withheld_one() -> None:
    facts = prepared().tell(FactKind.DOSED, "dose:1", start("dose:1") + timedelta(minutes=7))
    facts.tell(FactKind.WITHHELD, "dose:2", start("dose:2"))
    keys = {key for key in ahead(facts) if key.startswith("check_in:")}
    assert keys == {"check_in:dose:1:24h", "check_in:dose:1:72h"}
    assert ahead(facts)["check_in:dose:1:24h"].at == start("dose:1") + timedelta(days=1, minutes=10)


def test_the_day_seven_check_in_stays_when_no_dose_follows() -> None:
    facts = prepared().tell(FactKind.DOSED, "dose:6", start("dose:6"))
    assert "check_in:dose:6:7d" in ahead(facts)


def test_a_consented_follow_up_outlives_a_withdrawal() -> None:
    facts = prepared().tell(FactKind.AGREEMENT_SIGNED, "follow_up_consent", start("preparation:1"))
    facts.tell(FactKind.LEFT, "program", start("dose:2"), how="withdrawn")
    assert set(ahead(facts)) == {"check_in:safety", "measure:six_months"}


def test_a_reminder_is_not_sent_for_a_time_before_the_person_had_a_seat() -> None:
    facts = Facts().tell(FactKind.SEAT_ACCEPTED, "seat", start("preparation:1"), cohort_id=str(COHORT))
    assert "reminder:preparation:1:1" not in ahead(facts)
    assert "reminder:preparation:2:1" in ahead(facts)


def test_a_follow_up_that_is_missed_ends_in_lost_and_one_that_is_late_in_completed() -> None:
    for kind, expected in ((FactKind.MEASURE_MISSED, "lost_to_follow_up"), (FactKind.MEASURE_COMPLETED, "completed")):
        facts = prepared()
        for item in CALENDAR.sessions:
            facts.tell(FactKind.WITHHELD if item.startswith("dose") else FactKind.ATTENDED, item, start(item))
        for key in ("week5", "week8", "end"):
            facts.tell(FactKind.MEASURE_COMPLETED, f"measure:{key}", start("circle:10"))
        facts.tell(kind, "measure:six_months", start("circle:10") + timedelta(days=200))
        decision = decide(WEEKLY6, CALENDAR, facts.history, start("circle:10") + timedelta(days=201))
        assert decision.finished
        assert decision.over
        assert decision.state == expected


def test_phases_follow_the_calendar() -> None:
    history = prepared().history
    times = [start("preparation:1"), start("dose:2"), start("circle:8"), start("circle:10") + timedelta(days=3)]
    phases = [phase(WEEKLY6, CALENDAR, history, at) for at in times]
    assert phases == ["preparation", "dosing", "integration", "follow_up"]


def test_a_program_is_in_one_state_from_its_referral_on() -> None:
    facts = Facts().tell(FactKind.REFERRED, "referral", start("dose:1"))
    seen = [state(WEEKLY6, facts.history)]
    cohort = "00000000-0000-0000-0000-000000000001"
    for kind, data in (
        (FactKind.SCREENED, {"decision": "eligible"}),
        (FactKind.SEAT_OFFERED, {"cohort_id": cohort}),
        (FactKind.SEAT_EXPIRED, {"cohort_id": cohort}),
        (FactKind.SEAT_OFFERED, {"cohort_id": cohort}),
        (FactKind.SEAT_ACCEPTED, {"cohort_id": cohort}),
        (FactKind.LEFT, {"how": "withdrawn"}),
    ):
        facts.tell(kind, "x", start("dose:1"), **data)
        seen.append(state(WEEKLY6, facts.history))
    assert seen == ["in_screening", "waiting", "offered", "waiting", "offered", "active", "withdrawn"]


def test_a_program_without_facts_is_in_screening() -> None:
    assert state(WEEKLY6, History()) == "in_screening"


@pytest.mark.parametrize("first_day", [date(2026, 2, 20), date(2026, 10, 16)], ids=["set forward", "set back"])
def test_hours_keep_the_time_line_and_days_the_time_of_day_in_the_night_in_which_the_clocks_change(
    first_day: date,
) -> None:
    """Dose 1 is given on the Saturday before; circle 1 is on that Sunday."""
    calendar = plan(first_day)
    given_at = calendar.sessions["dose:1"].starts_at + timedelta(minutes=20)
    facts = member(calendar).tell(FactKind.DOSED, "dose:1", given_at)
    asked = {item.key: item.at for item in agenda(WEEKLY6, calendar, facts.history)}
    assert asked["check_in:dose:1:24h"] == given_at + timedelta(hours=24)
    assert asked["check_in:dose:1:72h"] == given_at + timedelta(hours=72)
    reminder = asked["reminder:circle:1:1"].astimezone(calendar.zone)
    assert (reminder.date(), reminder.time()) == (first_day + timedelta(days=15), time(10))
    facts.tell(FactKind.LEFT, "program", given_at, how="withdrawn")
    (safety,) = agenda(WEEKLY6, calendar, facts.history)
    assert safety.at.astimezone(calendar.zone).time() == given_at.astimezone(calendar.zone).time()
