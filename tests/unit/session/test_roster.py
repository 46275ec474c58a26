"""Who is expected, who is here, and when a session may be closed; and events that come in any order."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.session.domain import roster
from services.session.domain.roster import Presence
from shared.protocol.vocabulary import SessionKind
from shared.refusal import Refused
from tests.unit.session.day import DAY, HOUR, MINUTE, NINE, entry, session

LATE = 10 * MINUTE


def test_on_time_anyone_is_let_in() -> None:
    roster.may_arrive(session(), entry(), NINE + LATE, LATE, "facilitator", False)


@pytest.mark.parametrize(("role", "admitted"), [("facilitator", True), ("clinician", False), ("coordinator", True)])
def test_who_is_late_needs_a_clinicians_word(role: str, admitted: bool) -> None:
    with pytest.raises(Refused, match="late_needs_clinician"):
        roster.may_arrive(session(), entry(), NINE + LATE + MINUTE, LATE, role, admitted)
    roster.may_arrive(session(), entry(), NINE + LATE + MINUTE, LATE, "prescriber", True)


@pytest.mark.parametrize(
    ("state", "rule"),
    [
        ("expected", "not_arrived"),
        ("arrived", "not_dosed"),
        ("absent", "already_absent"),
        ("discharged", "already_discharged"),
        ("removed", "already_removed"),
    ],
)
def test_the_state_in_the_way_is_named(state: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        roster.must_stand(entry(state), Presence.DOSED)
    assert refused.value.rule == rule


def test_nothing_is_recorded_before_due_or_after_closing() -> None:
    with pytest.raises(Refused, match="session_not_due"):
        roster.must_be_open(session(no_show_at=None))
    with pytest.raises(Refused, match="session_closed"):
        roster.must_be_open(session(closed_at=NINE))


def test_a_session_is_closed_when_nobody_is_expected_or_under_care() -> None:
    gone = [entry("absent"), entry("discharged"), entry("arrived"), entry("removed")]
    roster.may_close(session(), gone, NINE + 5 * HOUR)
    for one, rule in ((entry(), "still_expected"), (entry("dosed"), "not_discharged")):
        with pytest.raises(Refused, match=rule):
            roster.may_close(session(), [*gone, one], NINE + 5 * HOUR)
    with pytest.raises(Refused, match="session_not_begun"):
        roster.may_close(session(), gone, NINE - MINUTE)


def test_who_came_for_a_dose_and_had_none_is_withheld() -> None:
    people = [entry("arrived"), entry("discharged", program_id=UUID(int=5))]
    assert roster.withheld_at_close(session(), people) == (people[0],)
    assert roster.withheld_at_close(session(kind=SessionKind.PREPARATION), people) == ()


def test_minutes_run_from_the_start_to_the_discharge() -> None:
    early = entry("discharged", arrived_at=NINE - HOUR, discharged_at=NINE + 130 * MINUTE)
    assert roster.minutes_rendered(session(), early, NINE + 6 * HOUR) == 130
    late = entry("arrived", arrived_at=NINE + 20 * MINUTE)
    assert roster.minutes_rendered(session(), late, NINE + 6 * HOUR) == 220
    assert roster.minutes_rendered(session(), late, NINE + 10 * MINUTE) == 0


@pytest.mark.parametrize(
    ("left_as", "state", "removed"),
    [
        ("withdrawn", "expected", True),
        ("withdrawn", "dosed", False),
        ("withdrawn", "arrived", False),
        ("died", "dosed", True),
        ("died", "discharged", False),
        ("transferred", "absent", False),
    ],
)
def test_who_leaves_is_expected_no_more_but_is_still_seen_home(left_as: str, state: str, removed: bool) -> None:
    assert roster.removed_when_leaving(left_as, Presence(state)) is removed


def test_a_newer_booking_moves_a_session_until_it_is_due() -> None:
    newer = session(calendar_revision=2, starts_at=NINE + DAY, ends_at=NINE + DAY + HOUR, no_show_at=None)
    assert roster.rebooked(session(no_show_at=None), newer) == newer
    assert roster.rebooked(session(), newer) == session()


def test_an_older_booking_a_repeat_and_a_closed_session_move_nothing() -> None:
    known = session(calendar_revision=2, no_show_at=None)
    for revision in (1, 2):
        assert roster.rebooked(known, session(calendar_revision=revision, starts_at=NINE - DAY)) == known
    closed = session(calendar_revision=2, closed_at=NINE)
    assert roster.rebooked(closed, session(calendar_revision=3)) == closed


def test_due_says_when_a_session_takes_place_whichever_booking_is_heard_before_or_after() -> None:
    due = session(calendar_revision=0)
    other = session(calendar_revision=1, starts_at=NINE - DAY, no_show_at=None)
    assert roster.rebooked(due, other) == due
    assert roster.declared_due(other, due) == replace(due, calendar_revision=1)
    assert roster.declared_due(replace(other, cancelled=True), due).cancelled is False
