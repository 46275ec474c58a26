"""A missed circle holds the next dose until it is made up or a signed override; nothing recorded is ever changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.integration.domain.circles import (
    Circle,
    Past,
    Place,
    State,
    Status,
    check_attendance,
    check_closing,
    corrected,
    owed,
)
from services.integration.domain.clearance import Standing, refusals
from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import SessionKind
from shared.refusal import Refused

WEEKLY6 = load_protocol(Path(__file__).parents[3] / "protocols" / "weekly6.yaml")
RULES = WEEKLY6.rules_for(SessionKind.CIRCLE)
START = datetime(2026, 3, 3, 17, tzinfo=UTC)
GRACE_OVER = START + timedelta(minutes=30)
NOW = START + timedelta(days=2)
ANA, BEN, CARL = (UUID(int=n) for n in (1, 2, 3))

CIRCLE = Circle(
    session_id=UUID(int=9),
    site="bc",
    cohort_id=UUID(int=8),
    item="circle:3",
    missed_item=None,
    starts_at=START,
    ends_at=START + timedelta(minutes=90),
    no_show_at=GRACE_OVER,
    zone="America/Vancouver",
    calendar_revision=1,
    protocol_id="weekly6",
    protocol_version=WEEKLY6.version,
    protocol_hash=WEEKLY6.content_hash,
    state="due",
)
MISSED = Past("circle:3", None, GRACE_OVER, "absent")


def place(program_id: UUID, status: str = "expected") -> Place:
    return Place(program_id, status, excused=False, no_show=False)  # type: ignore[arg-type]  # one of Status


def test_a_missed_circle_is_owed() -> None:
    assert owed(RULES, [MISSED], set(), NOW) == ["circle:3"]


def test_a_make_up_settles_a_missed_circle_and_a_missed_make_up_does_not() -> None:
    make_up = Past("make_up:circle:3", "circle:3", GRACE_OVER, "attended")
    assert owed(RULES, [MISSED, make_up], set(), NOW) == []
    assert owed(RULES, [MISSED, replace(make_up, status="absent")], set(), NOW) == ["circle:3"]


def test_a_signed_override_settles_a_missed_circle_and_that_one_alone() -> None:
    other = replace(MISSED, item="circle:4")
    assert owed(RULES, [MISSED, other], {"circle:3"}, NOW) == ["circle:4"]


def test_an_override_that_came_before_the_absence_settles_it_too() -> None:
    assert owed(RULES, [], {"circle:3"}, NOW) == []
    assert owed(RULES, [MISSED], {"circle:3"}, NOW) == []


def test_a_circle_that_nobody_recorded_by_its_no_show_time_counts_as_missed() -> None:
    unknown = replace(MISSED, status="expected")
    assert owed(RULES, [unknown], set(), GRACE_OVER - timedelta(seconds=1)) == []
    assert owed(RULES, [unknown], set(), GRACE_OVER) == ["circle:3"]


def test_a_protocol_whose_circles_hold_nothing_owes_none() -> None:
    lenient = RULES.model_copy(update={"missed": RULES.missed.model_copy(update={"effect": "none"})})
    assert owed(lenient, [MISSED], set(), NOW) == []


@pytest.mark.parametrize(
    ("circle", "present", "absent", "now", "rule"),
    [
        (replace(CIRCLE, state="booked"), [ANA], [], NOW, "circle_not_due"),
        (replace(CIRCLE, state="closed"), [ANA], [], NOW, "circle_not_due"),
        (CIRCLE, [ANA], [], START - timedelta(minutes=1), "circle_not_started"),
        (CIRCLE, [ANA], [ANA], NOW, "present_and_absent"),
        (CIRCLE, [UUID(int=99)], [], NOW, "not_on_roster"),
        (CIRCLE, [CARL], [], NOW, "already_recorded"),
        (CIRCLE, [], [BEN], NOW, "already_recorded"),
    ],
)
def test_attendance_that_cannot_be_true_is_refused(
    circle: Circle, present: list[UUID], absent: list[UUID], now: datetime, rule: str
) -> None:
    roster = [place(ANA), place(BEN, "attended"), place(CARL, "absent")]
    with pytest.raises(Refused) as refused:
        check_attendance(circle, roster, present, absent, now)
    assert refused.value.rule == rule


def test_an_absence_told_in_advance_and_a_repeated_record_are_accepted() -> None:
    roster = [place(ANA), place(BEN, "attended")]
    check_attendance(CIRCLE, roster, [], [ANA], START - timedelta(hours=1))
    check_attendance(CIRCLE, roster, [BEN], [], NOW)


def test_a_circle_closes_when_everybody_is_accounted_for() -> None:
    with pytest.raises(Refused) as refused:
        check_closing(CIRCLE, [place(ANA), place(BEN, "attended")])
    assert refused.value.rule == "attendance_missing"
    check_closing(CIRCLE, [place(ANA, "left"), place(BEN, "attended"), place(CARL, "absent")])


@pytest.mark.parametrize(
    ("state", "rule"), [("booked", "circle_not_due"), ("cancelled", "circle_cancelled"), ("closed", "circle_closed")]
)
def test_a_circle_that_is_not_due_is_not_closed_though_it_lacks_nobody(state: State, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        check_closing(replace(CIRCLE, state=state), [])
    assert refused.value.rule == rule


@pytest.mark.parametrize("status", ["absent", "left"])
def test_an_absence_is_not_corrected_to_one_nor_to_having_left(status: Status) -> None:
    with pytest.raises(ValueError, match="not corrected to"):
        corrected(status)


CLEAR = Standing(open_risks=0, circles=(), overridden=frozenset(), completed_measures=frozenset({"baseline"}))


def test_nothing_stands_in_the_way_of_who_owes_nothing() -> None:
    assert refusals(WEEKLY6, CLEAR, "dose:1", NOW) == []


def test_an_open_risk_and_a_missed_circle_each_refuse_a_dose() -> None:
    standing = replace(CLEAR, open_risks=1, circles=(MISSED,))
    assert refusals(WEEKLY6, standing, "dose:4", NOW) == ["open_risk", "circle_owed:circle:3"]


def test_the_first_dose_needs_the_baseline_and_later_ones_do_not() -> None:
    unmeasured = replace(CLEAR, completed_measures=frozenset())
    assert refusals(WEEKLY6, unmeasured, "dose:1", NOW) == ["baseline_missing"]
    assert refusals(WEEKLY6, unmeasured, "dose:2", NOW) == []
