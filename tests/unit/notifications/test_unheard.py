"""Whether somebody had been told of an appointment that they missed."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.domain.unheard import Telling, was_unheard
from shared.protocol.vocabulary import MessageCategory

STARTS = datetime(2030, 1, 14, 17, tzinfo=UTC)
DAY = timedelta(days=1)


def change(days: int, told_after: timedelta | None) -> Telling:
    """A change of the calendar, so many days before the appointment."""
    caused_at = STARTS - days * DAY
    return Telling(MessageCategory.CALENDAR_CHANGE, caused_at, caused_at + told_after if told_after else None)


def reminder(told_after: timedelta | None) -> Telling:
    caused_at = STARTS - DAY
    return Telling(MessageCategory.SESSION_REMINDER, caused_at, caused_at + told_after if told_after else None)


@pytest.mark.parametrize(
    ("tellings", "unheard"),
    [
        ([], False),
        ([change(14, DAY)], False),
        ([change(14, None)], True),
        ([change(14, 15 * DAY)], True),
        ([change(14, DAY), change(3, None)], True),
        ([change(14, DAY), change(3, None), reminder(DAY / 2)], False),
        ([change(14, DAY), reminder(None)], False),
        ([reminder(None)], True),
        ([change(14, DAY), change(-1, None)], False),
    ],
    ids=[
        "nothing was owed",
        "told",
        "told by nothing",
        "told afterwards",
        "a move that was not told",
        "a move that the reminder told",
        "told, and not reminded",
        "only a reminder, not told",
        "a move after it began",
    ],
)
def test_an_appointment_is_unheard_when_nothing_told_of_it_as_it_stood(tellings: list[Telling], unheard: bool) -> None:
    assert was_unheard(tellings, STARTS) is unheard
