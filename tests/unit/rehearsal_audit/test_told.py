"""Nobody misses what they were never told of: appointments, offers, and every message that was dropped."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.events import intake, integration, notifications, scheduler, session
from tests.unit.rehearsal_audit.kept import COHORT, DAYS, PIN, ROWAN, Told, a_kept_program, at, id_of, made_up, missed

MAIL = id_of("mail")


def expected(told: Told, item: str, *, at_day: float | None = None) -> Told:
    """Rowan is on the roster of a session."""
    starts_at = at(DAYS[item] if at_day is None else at_day)
    due = scheduler.SessionDue(
        session_id=id_of(item),
        cohort_id=COHORT,
        item=item,
        kind=item.partition(":")[0],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        no_show_at=starts_at + timedelta(minutes=30),
        zone="America/Vancouver",
        roster=(ROWAN,),
        protocol=PIN,
    )
    return told.tell(DAYS[item] - 1, due)


def a_told(item: str | None, category: str = "session_reminder", *, caused: float = 0) -> notifications.ParticipantTold:
    return notifications.ParticipantTold(
        message_id=MAIL,
        program_id=ROWAN,
        category=category,
        item=item,
        cohort_id=COHORT,
        caused_at=at(caused),
        by="mail",
    )


def dropped(told: Told, day: float, item: str, rule: str = "cap", category: str = "session_reminder") -> Told:
    return told.tell(
        day,
        notifications.MessageSuppressed(message_id=MAIL, program_id=ROWAN, category=category, rule=rule, item=item),
    )


def called(told: Told, day: float) -> Told:
    about = {"obligation_id": id_of("call"), "program_id": ROWAN, "kind": "undelivered", "item": str(MAIL)}
    told.tell(day, notifications.ObligationOpened(**about, owner="coordinator", deadline=at(day + 1)))
    closed = notifications.ObligationClosed(**about, owner="coordinator", closure="reached", closed_by="anna")
    return told.tell(day + 0.1, closed)


def missed_dose() -> Told:
    return expected(missed(a_kept_program(), "dose:3"), "dose:3")


def test_an_appointment_that_was_missed_and_stands_in_no_mail_is_found() -> None:
    assert missed_dose().broken() == {"appointment_nobody_was_told_of"}


def test_an_appointment_that_was_told_before_it_began_may_be_missed() -> None:
    assert missed_dose().tell(DAYS["dose:3"] - 1, a_told("dose:3")).broken() == set()
    too_late = missed_dose().tell(DAYS["dose:3"] + 0.1, a_told("dose:3"))
    assert too_late.broken() == {"appointment_nobody_was_told_of"}


def test_whoever_came_or_said_that_they_would_not_knew_of_the_appointment() -> None:
    assert expected(a_kept_program(), "dose:3").broken() == set()
    told = missed_dose().moved(session.AbsenceRecorded, DAYS["dose:3"] - 2, item="dose:3")
    assert "appointment_nobody_was_told_of" not in told.broken()


def test_whoever_left_or_was_seated_after_the_reminder_is_expected_to_hear_nothing() -> None:
    left = missed_dose().tell(
        DAYS["dose:3"] - 1, scheduler.StateChanged(program_id=ROWAN, cohort_id=None, state="died")
    )
    assert "appointment_nobody_was_told_of" not in left.broken()
    late = missed_dose().moved(scheduler.SeatAccepted, DAYS["dose:3"] - 0.5)
    assert "appointment_nobody_was_told_of" not in late.broken()


def test_a_make_up_that_stands_in_no_mail_is_found() -> None:
    told = made_up(missed(a_kept_program(), "circle:3"), "circle:3", 33)
    told.said(integration.AttendanceRecorded, {"status": "absent"}, item="make_up:circle:3")
    told.without(notifications.ParticipantTold, item="make_up:circle:3")
    assert "appointment_nobody_was_told_of" in told.broken()


def test_a_dropped_notice_is_somebodys_call() -> None:
    untold = dropped(missed_dose(), 27, "dose:3")
    assert untold.broken() == {"appointment_nobody_was_told_of", "notice_dropped_without_a_call"}
    assert called(untold, 27).broken() == set()


@pytest.mark.parametrize(("rule", "category"), [("reason_gone", "session_reminder"), ("coalesced", "seat_offer")])
def test_what_was_told_otherwise_or_means_nothing_any_more_is_nobodys_call(rule: str, category: str) -> None:
    assert dropped(a_kept_program(), 27, "dose:3", rule, category).broken() == set()


def test_a_dropped_questionnaire_is_nobodys_call() -> None:
    assert dropped(a_kept_program(), 27, "measure:week5", "cap", "measure").broken() == set()


def offered(told: Told, *, heard: bool) -> Told:
    told.tell(-17, scheduler.SeatOffered(program_id=ROWAN, cohort_id=COHORT, expires_at=at(-16)))
    return told.tell(-16, scheduler.SeatExpired(program_id=ROWAN, cohort_id=COHORT, heard=heard))


def test_an_offer_that_counts_as_let_pass_though_nobody_heard_it_is_found() -> None:
    told = offered(a_kept_program(), heard=True)
    assert told.broken() == {"offer_let_pass_unheard"}
    assert told.tell(-16.9, a_told(None, "seat_offer", caused=-17)).broken() == set()


def test_news_of_an_earlier_offer_says_nothing_of_this_one() -> None:
    told = offered(a_kept_program(), heard=True).tell(-16.9, a_told(None, "seat_offer", caused=-18))
    assert told.broken() == {"offer_let_pass_unheard"}


def test_an_unheard_offer_that_is_nobodys_call_is_found() -> None:
    told = offered(a_kept_program(), heard=False)
    assert told.broken() == {"offer_let_pass_unheard"}
    about = {"obligation_id": UUID(int=7), "program_id": ROWAN, "kind": "unheard_offer", "item": "seat:3"}
    told.tell(-16, scheduler.ObligationOpened(**about, owner="coordinator", deadline=at(-15)))
    told.tell(-15.5, scheduler.ObligationClosed(**about, owner="coordinator", closure="heard", closed_by="anna"))
    assert told.broken() == set()


@pytest.mark.parametrize(("category", "is_broken"), [("measure", True), ("check_in", False)])
def test_a_mail_of_a_kind_that_was_stopped_is_found(category: str, is_broken: bool) -> None:
    told = dropped(a_kept_program(), 10, "measure:week2", "opted_out", "measure")
    told.tell(12, notifications.MessageSent(message_id=id_of("later"), program_id=ROWAN, category=category))
    assert ("written_to_after_a_stop" in told.broken()) == is_broken


@pytest.mark.parametrize(("told_on", "is_broken"), [(None, True), (-5, True), (-20, False)])
def test_forms_lapse_only_when_their_whole_time_was_known_to_the_person(told_on: int | None, is_broken: bool) -> None:
    told = a_kept_program().tell(-3, intake.ScreeningLapsed(program_id=ROWAN))
    if told_on is not None:
        told.tell(told_on, a_told(None, "forms", caused=told_on))
    assert ("forms_lapsed_unheard" in told.broken()) == is_broken
