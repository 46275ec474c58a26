"""An unanswered check-in or measure climbs its ladder, one rung at a time, and only a person ends it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.integration.domain import check_ins, measures
from services.integration.domain.measures import Measure
from shared.protocol.load import load_protocol
from shared.protocol.spans import later
from shared.refusal import Refused

WEEKLY6 = load_protocol(Path(__file__).parents[3] / "protocols" / "weekly6.yaml")
DUE = datetime(2026, 4, 6, 17, tzinfo=UTC)
SITE = ZoneInfo("America/Denver")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def check_in_at(elapsed: timedelta) -> check_ins.Standing:
    return check_ins.chase(WEEKLY6.check_ins, "check_in:dose:1:24h", DUE, SITE, DUE + elapsed)


@pytest.mark.parametrize(
    ("elapsed", "stage", "owner", "next_at"),
    [
        (timedelta(0), "open", "coordinator", 4 * HOUR),
        (4 * HOUR, "remind_1", "coordinator", 24 * HOUR),
        (24 * HOUR, "call", "coordinator", 28 * HOUR),
        (28 * HOUR, "second_call", "coordinator", 48 * HOUR),
        (48 * HOUR, "clinician_decides", "clinician", 72 * HOUR),
    ],
)
def test_a_silent_check_in_is_reminded_called_twice_and_then_decided_by_a_clinician(
    elapsed: timedelta, stage: str, owner: str, next_at: timedelta
) -> None:
    standing = check_in_at(elapsed)
    assert (standing.stage, standing.owner) == (stage, owner)
    assert standing.deadline == standing.wake_at == DUE + next_at


def test_a_check_in_is_reminded_four_hours_after_it_was_due() -> None:
    assert check_in_at(4 * HOUR).reminder == 1
    assert check_in_at(24 * HOUR).reminder is None


def test_an_overdue_check_in_stays_open_with_the_clinician() -> None:
    overdue = check_in_at(200 * HOUR)
    assert (overdue.stage, overdue.owner) == ("overdue", "clinician")
    assert overdue.deadline == DUE + 72 * HOUR
    assert overdue.wake_at > DUE + 200 * HOUR


def test_rungs_that_were_slept_through_are_not_climbed_afterwards() -> None:
    assert check_in_at(30 * HOUR).stage == "second_call"


def measure(key: str, due_at: datetime = DUE) -> Measure:
    planned = WEEKLY6.measure(key)
    return Measure(
        program_id=None,  # type: ignore[arg-type]  # nobody's: only the clock matters here
        item=f"measure:{key}",
        site="bc",
        cohort_id=None,
        opens_at=later(due_at, planned.opens, SITE),
        due_at=due_at,
        closes_at=later(due_at, planned.closes, SITE),
        zone=SITE.key,
        protocol_id="weekly6",
        protocol_version=WEEKLY6.version,
        protocol_hash=WEEKLY6.content_hash,
        closed_at=None,
        closed_by=None,
        closure=None,
        late=False,
    )


@pytest.mark.parametrize(
    ("day", "stage", "owner"),
    [
        (-14, "open", "coordinator"),
        (-7, "remind_1", "coordinator"),
        (0, "remind_2", "coordinator"),
        (7, "remind_3", "coordinator"),
        (9, "call", "coordinator"),
        (12, "second_call", "coordinator"),
        (21, "clinician_decides", "clinician"),
        (28, "close_as_missed", "clinician"),
        (60, "overdue", "clinician"),
    ],
)
def test_the_six_month_follow_up_is_chased_until_somebody_closes_it(day: int, stage: str, owner: str) -> None:
    standing = measures.chase(WEEKLY6, measure("six_months"), DUE + day * DAY)
    assert (standing.stage, standing.owner) == (stage, owner)
    assert standing.wake_at > DUE + day * DAY


def test_each_reminder_of_a_measure_is_told_once_with_its_number() -> None:
    told = [measures.chase(WEEKLY6, measure("six_months"), DUE + day * DAY).reminder for day in (-14, -7, 0, 7, 9)]
    assert told == [None, 1, 2, 3, None]


def test_an_answer_after_the_window_is_late() -> None:
    follow_up = measure("six_months")
    assert not measures.is_late(follow_up, DUE + 14 * DAY)
    assert measures.is_late(follow_up, DUE + 14 * DAY + timedelta(seconds=1))


def test_a_follow_up_cannot_be_given_up_before_it_was_chased_to_the_last_rung() -> None:
    follow_up, planned = measure("six_months"), WEEKLY6.measure("six_months")
    with pytest.raises(Refused) as refused:
        measures.check_closing(follow_up, planned.chase, DUE + 20 * DAY)
    assert refused.value.rule == "chase_not_over"
    measures.check_closing(follow_up, planned.chase, DUE + 21 * DAY)


def test_a_measure_without_a_late_call_can_be_given_up_when_its_window_closes() -> None:
    week5, planned = measure("week5"), WEEKLY6.measure("week5")
    with pytest.raises(Refused):
        measures.check_closing(week5, planned.chase, DUE + 6 * DAY)
    measures.check_closing(week5, planned.chase, DUE + 7 * DAY)


def test_a_measure_is_not_given_up_before_its_window_closes_where_the_clocks_are_set_back() -> None:
    """The seven days of this window have 169 hours."""
    week5 = measure("week5", datetime(2026, 10, 28, 15, tzinfo=UTC))
    assert week5.closes_at == datetime(2026, 11, 4, 16, tzinfo=UTC)
    before = measures.chase(WEEKLY6, week5, week5.closes_at - timedelta(minutes=30))
    assert (before.stage, before.wake_at) == ("call", week5.closes_at)
