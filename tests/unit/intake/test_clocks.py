"""Reminders of the forms, their lapse, and a review that is never forgotten."""

from datetime import timedelta

from services.intake.domain.clocks import Escalate, Lapse, Remind, Wait, forms_first_wake, forms_step, review_step
from tests.unit.intake.people import NOON, weekly6

DAY = timedelta(days=1)
SCREENING = weekly6().screening


def test_somebody_who_never_answers_is_reminded_thrice_called_and_then_lapses() -> None:
    moment, story, reminded = forms_first_wake(SCREENING, NOON), [], 0
    while not isinstance(step := forms_step(SCREENING, NOON, reminded, moment), Lapse):
        assert isinstance(step, Remind)
        story.append(((moment - NOON).days, step.reminder, step.stage))
        moment, reminded = step.wake_at, step.reminder
    assert story == [(3, 1, "remind_1"), (7, 2, "remind_2"), (11, 3, "call")]
    assert moment == NOON + 14 * DAY


def test_reminders_missed_while_nobody_looked_are_sent_as_one() -> None:
    assert forms_step(SCREENING, NOON, 0, NOON + 8 * DAY) == Remind(2, NOON + 11 * DAY, "remind_2")


def test_a_reminder_that_was_sent_is_not_sent_again() -> None:
    assert forms_step(SCREENING, NOON, 1, NOON + 4 * DAY) == Wait(NOON + 7 * DAY)


def test_without_reminders_the_forms_are_looked_at_when_their_time_is_over() -> None:
    silent = SCREENING.model_copy(update={"form_reminders": ()})
    assert forms_first_wake(silent, NOON) == NOON + 14 * DAY


def test_an_overdue_review_is_escalated_again_and_again() -> None:
    within = SCREENING.review_within.value
    assert review_step(within, 0, NOON) == Escalate("overdue:1", 1, NOON + within)
    assert review_step(within, 1, NOON).stage == "overdue:2"
