"""What holds for the agenda of anybody, whatever their calendar and their history."""

from hypothesis import given, settings

from services.scheduler.domain.agenda import ItemKind, agenda
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.decide import decide
from services.scheduler.domain.facts import FactKind
from tests.unit.scheduler.histories import WEEKLY6, Facts, calendars, lives, member

SESSIONS = {ItemKind.PREPARATION, ItemKind.DOSE, ItemKind.CIRCLE}
thorough = settings(max_examples=60)


@thorough
@given(lives())
def test_every_item_has_a_key_of_its_own(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    keys = [item.key for item in agenda(WEEKLY6, calendar, facts.history)]
    assert len(keys) == len(set(keys))


@thorough
@given(lives())
def test_items_come_in_the_order_of_their_time(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    times = [item.at for item in agenda(WEEKLY6, calendar, facts.history)]
    assert times == sorted(times)


@thorough
@given(lives())
def test_what_is_done_never_comes_back(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    history = facts.history
    ahead = {item.key for item in agenda(WEEKLY6, calendar, history)}
    assert not ahead & (set(history.doses) | history.withheld | set(history.absences))
    assert not ahead & {item for item in history.attended if not item.startswith("dose:")}


@thorough
@given(lives())
def test_what_is_done_never_moves_what_is_ahead(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    before = {item.key: item.at for item in agenda(WEEKLY6, calendar, facts.history)}
    sessions = [key for key in before if key in calendar.sessions]
    if not sessions or facts.history.left:
        return
    done = min(sessions, key=lambda key: before[key])
    facts.tell(FactKind.WITHHELD if done.startswith("dose:") else FactKind.ATTENDED, done, before[done])
    after = {item.key: item.at for item in agenda(WEEKLY6, calendar, facts.history)}
    assert after == {key: at for key, at in before.items() if key != done and not key.startswith(f"reminder:{done}:")}


@thorough
@given(lives())
def test_whoever_left_keeps_safety_items_alone(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    ahead = agenda(WEEKLY6, calendar, facts.history)
    if facts.history.left == "withdrawn":
        assert [item.key for item in ahead] == ["check_in:safety"]
    elif facts.history.left:
        assert ahead == ()


@thorough
@given(lives())
def test_every_open_absence_that_holds_is_named_by_the_next_dose_and_no_other_is(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    history = facts.history
    doses = [item for item in agenda(WEEKLY6, calendar, history) if item.kind == ItemKind.DOSE]
    for kind, gate_name in (("circle", "circle_owed"), ("preparation", "preparation_owed")):
        owed = history.owed(kind)
        for dose in doses:
            gate = next(gate for gate in dose.gates if gate.name == gate_name)
            assert gate.is_open == (not owed)
            assert all(item in gate.why for item in owed)


@thorough
@given(lives())
def test_every_absence_has_exactly_one_remedy_or_is_open(life: tuple[Calendar, Facts]) -> None:
    _, facts = life
    history = facts.history
    for item, absence in history.absences.items():
        remedies = [item in history.overridden, f"make_up:{item}" in history.attended, absence.closure == "go_on"]
        assert sum(remedies) == (0 if absence.closure is None else 1)


@thorough
@given(lives())
def test_no_dose_is_open_within_the_minimum_interval_of_the_last(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    interval = WEEKLY6.dosing.min_interval.value if WEEKLY6.dosing else None
    last = facts.history.last_dose_at
    for item in agenda(WEEKLY6, calendar, facts.history):
        if item.kind == ItemKind.DOSE and last is not None and item.at - last < interval:
            assert item.is_held


@thorough
@given(lives())
def test_drawing_the_consequences_twice_draws_nothing_new(life: tuple[Calendar, Facts]) -> None:
    calendar, facts = life
    now = max(fact.at for fact in facts.told)
    first = decide(WEEKLY6, calendar, facts.history, now)
    for item in first.announce:
        facts.tell(FactKind.ANNOUNCED, item.key, now, at=item.at.isoformat(), until=item.until.isoformat())
    second = decide(WEEKLY6, calendar, facts.history, now)
    assert second.announce == ()
    assert second.wake_at is None or second.wake_at > now


@thorough
@given(calendars)
def test_nine_in_the_morning_stays_nine_over_a_change_of_the_clocks(calendar: Calendar) -> None:
    for planned in WEEKLY6.sessions:
        local = calendar.sessions[planned.key].starts_at.astimezone(calendar.zone)
        assert local.time() == planned.at.time
        assert (local.date() - calendar.day_of(calendar.starts_at)).days == planned.at.day


@thorough
@given(calendars)
def test_a_new_member_has_every_session_ahead(calendar: Calendar) -> None:
    ahead = agenda(WEEKLY6, calendar, member(calendar).history)
    assert {item.key for item in ahead if item.kind in SESSIONS} == set(calendar.sessions)
