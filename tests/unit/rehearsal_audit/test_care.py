"""Nobody is lost: absences, reviews, leaving, and whatever is owed."""

from shared.events import intake, integration, notifications, scheduler, session
from tests.unit.rehearsal_audit.kept import END, PIN, ROWAN, Told, a_kept_program, at, id_of, made_up, missed, owed


def test_an_absence_that_nobody_owns_is_found() -> None:
    told = missed(a_kept_program(), "dose:3")
    told.without(scheduler.ObligationOpened, kind="absence").without(scheduler.ObligationClosed, kind="absence")
    assert told.broken() == {"absence_without_remedy"}


def test_an_absence_that_is_never_closed_is_found() -> None:
    told = missed(a_kept_program(), "dose:3").without(scheduler.ObligationClosed, kind="absence")
    assert told.broken() == {"absence_without_remedy", "left_open_when_closed"}


def test_an_absence_with_an_empty_owner_is_found() -> None:
    told = missed(a_kept_program(), "dose:3").said(scheduler.ObligationOpened, {"owner": " "})
    assert told.broken() == {"obligation_without_owner"}


def test_a_missed_make_up_is_not_another_absence() -> None:
    told = made_up(missed(a_kept_program(), "circle:3"), "circle:3", 33)
    about = {"program_id": ROWAN, "session_id": id_of("make_up:circle:3"), "item": "make_up:circle:3"}
    told.said(integration.AttendanceRecorded, {"status": "absent"}, item="make_up:circle:3")
    told.tell(33, integration.AbsenceRecorded(**about, excused=False, no_show=True))
    assert told.broken() == set()


def test_two_unexcused_absences_in_a_row_without_a_review_are_found() -> None:
    told = missed(missed(a_kept_program(), "dose:3"), "circle:3")
    assert told.broken() == {"review_not_opened"}
    assert owed(told, "withdrawal_review", "review:2", 29, 30, owner="clinician").broken() == set()


def test_an_absence_of_which_nobody_had_told_calls_for_a_call_and_for_no_review() -> None:
    told = missed(missed(a_kept_program(), "dose:3"), "circle:3")
    about = {"program_id": ROWAN, "session_id": id_of("circle:3"), "item": "circle:3"}
    told.tell(29.5, notifications.AbsenceUnheard(**about, absent_at=at(29.5)))
    assert told.broken() == {"unheard_absence_without_a_call"}
    assert owed(told, "unheard_absence", "circle:3", 29.5, 30).broken() == set()


def test_absences_that_are_heard_of_after_the_end_call_for_no_review() -> None:
    told = missed(missed(a_kept_program(), "dose:3"), "circle:3")
    ended = next(day for day, event in told.events if getattr(event, "state", "") == "completed")
    told.moved(scheduler.ObligationOpened, ended + 1, item="circle:3", kind="absence")
    told.moved(scheduler.ObligationClosed, ended + 2, item="circle:3", kind="absence")
    assert "review_not_opened" not in told.broken()


def test_an_excused_absence_breaks_the_run() -> None:
    assert missed(missed(a_kept_program(), "dose:3", excused=True), "circle:3").broken() == set()


def test_an_absence_that_is_taken_back_needs_no_remedy_and_calls_for_no_review() -> None:
    told = missed(missed(a_kept_program(), "dose:3"), "circle:3")
    back = {"program_id": ROWAN, "session_id": id_of("dose:3"), "item": "dose:3", "status": "attended"}
    told.tell(29.5, session.AttendanceCorrected(**back))
    assert told.broken() == set()
    told.without(scheduler.ObligationClosed, item="dose:3")
    assert told.broken() == {"correction_out_of_nothing", "left_open_when_closed"}


def test_a_correction_of_an_absence_that_nobody_told_is_found() -> None:
    back = {"program_id": ROWAN, "session_id": id_of("dose:3"), "item": "dose:3", "status": "attended"}
    assert a_kept_program().tell(29.5, session.AttendanceCorrected(**back)).broken() == {"correction_out_of_nothing"}


def test_somebody_who_left_and_is_expected_all_the_same_is_found() -> None:
    told = a_kept_program()
    for day, rule in ((28.5, set()), (END - 0.5, {"expected_after_leaving"})):
        due = scheduler.SessionDue(
            session_id=id_of("circle:9"),
            cohort_id=id_of("cohort"),
            item="circle:9",
            kind="circle",
            starts_at=at(END),
            ends_at=at(END),
            no_show_at=at(END),
            zone="America/Vancouver",
            roster=(ROWAN,),
            protocol=PIN,
        )
        told.said(scheduler.StateChanged, {"state": "withdrawn"}, state="completed") if rule else None
        assert told.tell(day, due).broken() - {"left_without_safety_check_in"} == rule


def test_an_attended_session_between_two_absences_breaks_the_run() -> None:
    assert missed(missed(a_kept_program(), "dose:2"), "dose:3").broken() == set()


def test_absences_count_in_the_order_of_the_sessions_not_of_their_telling() -> None:
    told = missed(missed(a_kept_program(), "dose:3"), "dose:2")
    told.moved(session.AbsenceRecorded, 20.5, item="dose:3").moved(session.AttendanceRecorded, 20.5, item="dose:3")
    assert "review_not_opened" not in told.broken()


def test_three_absences_in_all_without_a_review_are_found() -> None:
    told = missed(missed(missed(a_kept_program(), "dose:1"), "dose:2"), "dose:3")
    assert told.broken() == {"review_not_opened"}


def leaves(day: float) -> Told:
    told = a_kept_program().without(scheduler.StateChanged, state="completed")
    for item in ("dose:3", "circle:3"):
        told.events = [(when, e) for when, e in told.events if getattr(e, "item", "") != item]
    return told.tell(day, scheduler.StateChanged(program_id=ROWAN, cohort_id=None, state="withdrawn"))


def test_whoever_leaves_without_a_safety_check_in_is_found() -> None:
    assert leaves(25).broken() == {"left_without_safety_check_in"}


def test_a_safety_check_in_after_leaving_is_what_is_asked() -> None:
    told = leaves(25).tell(32, integration.CheckInOpened(program_id=ROWAN, item="check_in:safety"))
    assert told.broken() == set()


def test_a_safety_check_in_that_is_not_due_yet_is_no_violation() -> None:
    assert leaves(END - 2).broken() == set()


def test_something_owed_to_a_closed_program_is_found() -> None:
    assert owed(a_kept_program(), "orphan_fact", "x", 30, None).broken() == {"left_open_when_closed"}


def test_an_obligation_that_is_open_while_the_program_runs_is_no_violation() -> None:
    told = a_kept_program().without(scheduler.StateChanged, state="completed")
    assert owed(told, "orphan_fact", "x", 30, None).broken() == set()


def test_an_obligation_without_owner_is_found() -> None:
    about = {"obligation_id": id_of("x"), "program_id": ROWAN, "kind": "risk", "item": "x", "owner": ""}
    told = owed(a_kept_program(), "risk", "x", 30, 31)
    escalated = scheduler.ObligationEscalated(**about, stage="later", deadline=at(31))
    assert told.tell(30.5, escalated).broken() == {"obligation_without_owner"}


def test_an_obligation_that_was_never_opened_cannot_be_closed() -> None:
    told = owed(a_kept_program(), "risk", "x", 30, 31).without(scheduler.ObligationOpened, kind="risk")
    assert told.broken() == {"obligation_closed_out_of_nothing"}


def test_a_program_that_leaves_an_end_is_found() -> None:
    told = a_kept_program().tell(END, scheduler.StateChanged(program_id=ROWAN, cohort_id=None, state="active"))
    assert "illegal_change_of_state" in told.broken()


def test_a_program_that_is_active_without_an_offer_or_a_wait_is_found() -> None:
    told = a_kept_program().without(scheduler.StateChanged, state="offered")
    assert told.broken() == set()
    assert told.without(scheduler.StateChanged, state="waiting").broken() == {"illegal_change_of_state"}


def test_a_program_that_nobody_referred_is_found() -> None:
    assert a_kept_program().without(intake.ReferralReceived).broken() == {"never_referred"}
