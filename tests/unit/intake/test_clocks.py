"""Reminders of the forms, their lapse, and a review that is never forgotten."""

from dataclasses import replace
from datetime import timedelta

from services.intake.domain.clocks import (
    Asked,
    Call,
    Escalate,
    Lapse,
    Remind,
    Wait,
    forms_first_wake,
    forms_step,
    review_step,
)
from tests.unit.intake.people import NOON, weekly6

DAY = timedelta(days=1)
SCREENING = weekly6().screening


def test_somebody_who_never_answers_is_reminded_thrice_called_and_then_lapses() -> None:
    moment, story, asked = forms_first_wake(SCREENING, NOON), [], Asked(NOON, told_at=NOON)
    while not isinstance(step := forms_step(SCREENING, asked, moment), Lapse):
        assert isinstance(step, Remind)
        story.append(((moment - NOON).days, step.reminder, step.stage))
        moment, asked = step.wake_at, replace(asked, reminded=step.reminder)
    assert story == [(3, 1, "remind_1"), (7, 2, "remind_2"), (11, 3, "call")]
    assert moment == NOON + 14 * DAY


def test_reminders_missed_while_nobody_looked_are_sent_as_one() -> None:
    assert forms_step(SCREENING, Asked(NOON), NOON + 8 * DAY) == Remind(2, NOON + 11 * DAY, "remind_2")


def test_a_reminder_that_was_sent_is_not_sent_again() -> None:
    assert forms_step(SCREENING, Asked(NOON, reminded=1), NOON + 4 * DAY) == Wait(NOON + 7 * DAY)


def test_whom_no_message_reached_is_called_every_day_and_never_lapses() -> None:
    asked, over = Asked(NOON, reminded=3), NOON + 14 * DAY
    assert forms_step(SCREENING, asked, over) == Call("unheard:1", 1, over + DAY)
    assert forms_step(SCREENING, replace(asked, unheard=1), over + DAY) == Call("unheard:2", 2, over + 2 * DAY)


def test_the_time_for_the_forms_counts_from_when_the_person_heard_of_them() -> None:
    told = Asked(NOON, told_at=NOON + 20 * DAY, unheard=6)
    assert forms_step(SCREENING, told, NOON + 20 * DAY) == Wait(NOON + 23 * DAY)
    assert isinstance(forms_step(SCREENING, told, NOON + 33 * DAY), Remind)
    assert forms_step(SCREENING, told, NOON + 34 * DAY) == Lapse()


def test_without_reminders_the_forms_are_looked_at_when_their_time_is_over() -> None:
    silent = SCREENING.model_copy(update={"form_reminders": ()})
    assert forms_first_wake(silent, NOON) == NOON + 14 * DAY


def test_an_overdue_review_is_escalated_again_and_again() -> None:
    within = SCREENING.review_within.value
    assert review_step(within, 0, NOON) == Escalate("overdue:1", 1, NOON + within)
    assert review_step(within, 1, NOON).stage == "overdue:2"
