"""An amendment changes what lies ahead, and nothing that happened, was announced or was asked."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.domain.agenda import ASKED, ItemKind, agenda, forecast
from services.scheduler.domain.amendment import Amendment, ChangeKind, changes
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.history import History
from shared.protocol.calendar import OnDay
from shared.protocol.model import Protocol
from tests.unit.scheduler.histories import WEEKLY6, Facts, lives, member, plan

WEEK = timedelta(days=7)


def with_session(key: str, *, by_days: int) -> Protocol:
    """weekly6 with one session on another day."""
    sessions = []
    for session in WEEKLY6.sessions:
        if session.key == key:
            assert isinstance(session.at, OnDay)
            session = session.model_copy(update={"at": OnDay(day=session.at.day + by_days, time=session.at.time)})
        sessions.append(session)
    return WEEKLY6.model_copy(update={"version": "9.0.0", "sessions": tuple(sessions)})


def without_session(key: str) -> Protocol:
    kept = tuple(session for session in WEEKLY6.sessions if session.key != key)
    return WEEKLY6.model_copy(update={"version": "9.0.0", "sessions": kept})


def without_measure(key: str) -> Protocol:
    kept = tuple(measure for measure in WEEKLY6.measures if measure.key != key)
    return WEEKLY6.model_copy(update={"version": "9.0.0", "measures": kept})


def amendment(after: Protocol, calendar: Calendar, now: datetime) -> Amendment:
    fixed = {item for item, session in calendar.sessions.items() if session.starts_at <= now}
    return Amendment(WEEKLY6, after, calendar, fixed)


def announced_until(calendar: Calendar, facts: Facts, now: datetime) -> Facts:
    """What the scheduler has announced by then."""
    for item in agenda(WEEKLY6, calendar, facts.history):
        if item.kind in ASKED and item.at <= now and item.key not in facts.history.announced:
            facts.tell(FactKind.ANNOUNCED, item.key, now, at=item.at.isoformat(), until=item.until.isoformat())
    return facts


@given(lives(), st.integers(0, 300))
def test_the_same_protocol_under_another_version_changes_nothing(life: tuple[Calendar, Facts], days: int) -> None:
    calendar, facts = life
    now = calendar.starts_at + timedelta(days=days)
    announced_until(calendar, facts, now)
    same = amendment(WEEKLY6.model_copy(update={"version": "9.0.0"}), calendar, now)
    assert same.changes_of_the_past(now) == ()
    assert same.rebooked == calendar
    assert same.changes_for(tuple(facts.told), now) == ()


@given(lives(), st.integers(0, 120), st.sampled_from([s.key for s in WEEKLY6.sessions]), st.integers(-3, 9))
def test_what_is_past_or_announced_never_changes(
    life: tuple[Calendar, Facts], days: int, key: str, by_days: int
) -> None:
    calendar, facts = life
    now = calendar.starts_at + timedelta(days=days)
    announced_until(calendar, facts, now)
    proposed = amendment(with_session(key, by_days=by_days), calendar, now)
    if proposed.changes_of_the_past(now):
        return
    for change in proposed.changes_for(tuple(facts.told), now):
        assert change.item.key not in proposed.fixed
        assert change.item.key not in facts.history.announced
        assert change.item.key not in calendar.sessions or not facts.history.is_over(change.item.key)


def test_a_session_that_has_begun_can_neither_move_nor_go() -> None:
    calendar = plan()
    now = calendar.sessions["dose:1"].starts_at + timedelta(hours=1)
    [moved] = amendment(with_session("dose:1", by_days=1), calendar, now).changes_of_the_past(now)
    [gone] = amendment(without_session("circle:1"), calendar, now + timedelta(days=1)).changes_of_the_past(now)
    assert "dose:1" in moved
    assert "circle:1" in gone


def test_a_session_cannot_be_moved_into_the_past() -> None:
    calendar = plan()
    now = calendar.sessions["circle:6"].starts_at
    [sentence] = amendment(with_session("circle:7", by_days=-9), calendar, now).changes_of_the_past(now)
    assert sentence.startswith("circle:7 would have begun on")


def test_a_questionnaire_cannot_be_added_whose_window_has_closed() -> None:
    calendar = plan()
    now = calendar.starts_at + 10 * WEEK
    adding = Amendment(without_measure("week5"), WEEKLY6, calendar, ())
    assert [said for said in adding.changes_of_the_past(now) if said.startswith("measure:week5")]


def test_a_booked_time_stays_where_both_versions_plan_it_alike() -> None:
    """A session that staff or a change of zone data put elsewhere stays there."""
    calendar = plan()
    elsewhere = calendar.sessions["circle:3"]
    moved = type(elsewhere)(
        elsewhere.item,
        elsewhere.kind,
        elsewhere.starts_at + timedelta(hours=1),
        elsewhere.ends_at + timedelta(hours=1),
    )
    booked = Calendar(calendar.starts_on, calendar.starts_at, calendar.zone, {**calendar.sessions, "circle:3": moved})
    after = amendment(with_session("circle:5", by_days=1), booked, calendar.starts_at).rebooked
    assert after.sessions["circle:3"] == moved
    assert after.sessions["circle:5"].starts_at - calendar.sessions["circle:5"].starts_at == timedelta(days=1)


def test_what_was_asked_stays_open_when_the_new_version_knows_it_no_more() -> None:
    calendar = plan()
    facts = member(calendar)
    now = calendar.starts_at + timedelta(days=25)
    announced_until(calendar, facts, now)
    assert "measure:week5" in facts.history.announced
    proposed = amendment(without_measure("week5"), calendar, now)
    assert "measure:week5" not in {change.item.key for change in proposed.changes_for(tuple(facts.told), now)}
    facts.tell(FactKind.AMENDED, "amendment", now)
    ahead = {item.key for item in agenda(proposed.after, calendar, facts.history)}
    assert "measure:week5" in ahead


def test_a_moved_dose_takes_its_check_ins_and_reminders_along() -> None:
    calendar = plan()
    facts, now = member(calendar), calendar.starts_at
    found = amendment(with_session("dose:6", by_days=3), calendar, now).changes_for(tuple(facts.told), now)
    assert {change.item.key: change.kind for change in found} == {
        "dose:6": ChangeKind.MOVED,
        "reminder:dose:6:1": ChangeKind.MOVED,
        "check_in:dose:6:24h": ChangeKind.MOVED,
        "check_in:dose:6:72h": ChangeKind.MOVED,
        "check_in:dose:6:7d": ChangeKind.MOVED,
        "check_in:dose:5:7d": ChangeKind.ADDED,
    }


@given(lives())
def test_the_forecast_holds_the_agenda_and_the_check_ins_of_the_doses_ahead(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    near, far = agenda(WEEKLY6, calendar, facts.history), forecast(WEEKLY6, calendar, facts.history)
    added = set(far) - set(near)
    assert set(near) <= set(far)
    assert all(item.kind == ItemKind.CHECK_IN for item in added)
    assert {item.about for item in added} <= {item.key for item in near if item.kind == ItemKind.DOSE}


def test_nobody_is_asked_after_the_fact_but_an_open_window_is_opened() -> None:
    calendar = plan()
    facts = member(calendar)
    dose = calendar.sessions["dose:1"]
    facts.tell(FactKind.ATTENDED, "dose:1", dose.starts_at).tell(FactKind.DOSED, "dose:1", dose.starts_at)
    late = dose.starts_at + timedelta(days=8)
    ahead = {item.key for item in agenda(WEEKLY6, calendar, facts.history)}
    facts.tell(FactKind.AMENDED, "amendment", late)
    after = {item.key for item in agenda(WEEKLY6, calendar, facts.history)}
    assert ahead - after == {"check_in:dose:1:24h", "check_in:dose:1:72h", "reminder:preparation:1:1"} & ahead | {
        item for item in ahead if item.startswith("reminder:") and item not in after
    }
    assert "measure:week5" in after


def test_two_equal_agendas_have_no_changes() -> None:
    calendar = plan()
    ahead = agenda(WEEKLY6, calendar, History.of(member(calendar).told))
    assert changes(ahead, ahead) == ()
