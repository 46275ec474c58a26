"""Programs of doses alone, with measures that follow each dose, and programs without any dose."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.scheduler.domain.agenda import agenda, anchor_of, forecast
from services.scheduler.domain.amendment import Amendment
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.decide import decide
from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.standing import phase, state
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind
from tests.unit.scheduler.histories import COHORT, ROOT, WEEKLY6, Facts

ED4 = load_protocol(ROOT / "protocols" / "ed4.yaml")
CALENDAR = Calendar.plan(ED4, date(2027, 2, 1), ZoneInfo("America/Vancouver"))
FIRST, LAST = CALENDAR.sessions["dose:1"].starts_at, CALENDAR.sessions["dose:4"].starts_at
AFTER_IT_ALL = LAST + timedelta(days=30)
QUARTER = timedelta(minutes=15)


def resident() -> Facts:
    return Facts().tell(FactKind.SEAT_ACCEPTED, "seat", CALENDAR.starts_at - timedelta(days=7), cohort_id=str(COHORT))


def dosed(facts: Facts, *numbers: int) -> Facts:
    for number in numbers:
        item = f"dose:{number}"
        facts.tell(FactKind.DOSED, item, CALENDAR.sessions[item].starts_at + QUARTER)
    return facts


def answered(facts: Facts, *keys: str) -> Facts:
    for key in keys:
        facts.tell(FactKind.MEASURE_COMPLETED, f"measure:{key}", AFTER_IT_ALL)
    return facts


def ahead(facts: Facts) -> set[str]:
    return {item.key for item in agenda(ED4, CALENDAR, facts.history)}


def test_it_is_ahead_from_when_the_dose_was_given_and_counts_from_there() -> None:
    assert "measure:after_1_4h" not in ahead(resident())
    facts = dosed(resident(), 1)
    assert {"measure:after_1_4h", "measure:after_1_24h"} <= ahead(facts)
    measure = ED4.measure("after_1_4h")
    assert anchor_of(measure, CALENDAR, facts.history.doses) == FIRST + QUARTER + timedelta(hours=4)
    due = decide(ED4, CALENDAR, facts.history, FIRST + QUARTER + timedelta(hours=3, minutes=30)).announce
    assert "measure:after_1_4h" in {item.key for item in due}


def test_a_group_that_is_dosed_within_a_minute_is_asked_together() -> None:
    late = resident().tell(FactKind.DOSED, "dose:1", FIRST + QUARTER + timedelta(seconds=50))
    early = resident().tell(FactKind.DOSED, "dose:1", FIRST + QUARTER + timedelta(seconds=5))
    measure = ED4.measure("after_1_4h")
    assert anchor_of(measure, CALENDAR, late.history.doses) == anchor_of(measure, CALENDAR, early.history.doses)


def test_a_forecast_takes_the_doses_ahead_to_be_given_when_they_begin() -> None:
    facts = dosed(resident(), 1)
    seen = {item.key: item.at for item in forecast(ED4, CALENDAR, facts.history)}
    assert seen["measure:after_1_4h"] == FIRST + QUARTER + timedelta(hours=3, minutes=30)
    assert seen["measure:after_4_24h"] == LAST + timedelta(hours=22)


def test_an_amendment_sees_a_measure_after_a_dose_that_is_over_as_a_change_of_the_past() -> None:
    added = {f"measure:after_{n}_4h" for n in (1, 2, 3, 4)}
    before = ED4.model_copy(update={"measures": tuple(m for m in ED4.measures if f"measure:{m.key}" not in added)})
    amendment = Amendment(before, ED4, CALENDAR, {"dose:1", "dose:2"})
    past = amendment.changes_of_the_past(LAST - timedelta(days=7, hours=2))
    assert [words.partition(" ")[0] for words in past] == ["measure:after_1_4h", "measure:after_2_4h"]


def test_nobody_is_asked_after_a_dose_that_they_were_not_given() -> None:
    facts = dosed(resident(), 1, 2).tell(FactKind.ABSENT, "dose:3", LAST - timedelta(days=7), excused=True)
    assert {"measure:after_3_4h", "measure:after_3_24h"} & ahead(facts) == set()


def test_whoever_misses_the_last_dose_is_not_lost_to_a_follow_up_that_was_never_theirs() -> None:
    asked = [f"{when}_{n}" for n in (1, 2, 3, 4) for when in ("before",)]
    asked += [f"after_{n}_{hours}" for n in (1, 2, 3) for hours in ("4h", "24h")]
    facts = answered(dosed(resident(), 1, 2, 3), *asked)
    facts.tell(FactKind.ABSENT, "dose:4", LAST, excused=True)
    facts.tell(FactKind.ABSENCE_CLOSED, "dose:4", LAST, closure="go_on", by="staff")
    decided = decide(ED4, CALENDAR, facts.history, AFTER_IT_ALL)
    assert (decided.finished, decided.state) == (True, "completed")


def test_whoever_was_given_the_last_dose_and_never_answers_after_it_is_lost_to_follow_up() -> None:
    facts = answered(dosed(resident(), 1, 2, 3, 4), *(measure.key for measure in ED4.measures[:-1]))
    facts.tell(FactKind.MEASURE_MISSED, f"measure:{ED4.measures[-1].key}", AFTER_IT_ALL)
    facts.tell(FactKind.FINISHED, "program", AFTER_IT_ALL)
    assert state(ED4, facts.history) == "lost_to_follow_up"


def test_a_program_of_doses_alone_has_its_phases_too() -> None:
    facts = resident()
    at = (FIRST - timedelta(days=1), FIRST + QUARTER, AFTER_IT_ALL)
    assert [phase(ED4, CALENDAR, facts.history, now) for now in at] == ["preparation", "dosing", "follow_up"]


@pytest.mark.parametrize(("effect", "held"), [("holds_next_dose", True), ("none", False)])
def test_a_missed_circle_holds_the_next_dose_only_where_the_protocol_says_so(effect: str, held: bool) -> None:
    protocol = load_protocol(ROOT / "protocols" / "colorado7.yaml")
    missed = protocol.rules_for(SessionKind.CIRCLE).missed
    missed = missed.model_copy(update={"effect": effect, "make_up_within": missed.make_up_within if held else None})
    rules = tuple(
        rules.model_copy(update={"missed": missed}) if rules.kind == SessionKind.CIRCLE else rules
        for rules in protocol.session_rules
    )
    protocol = Protocol.model_validate(
        {name: getattr(protocol, name) for name in type(protocol).model_fields} | {"session_rules": rules}
    )
    calendar = Calendar.plan(protocol, date(2027, 2, 1), ZoneInfo("America/Denver"))
    facts = resident().tell(FactKind.ABSENT, "circle:1", calendar.sessions["circle:1"].starts_at, excused=False)
    dose = next(item for item in agenda(protocol, calendar, facts.history) if item.key == "dose:2")
    assert {gate.name: gate.is_open for gate in dose.gates}["circle_owed"] is not held


def test_a_program_of_circles_alone_runs_to_its_end_without_doses_measures_or_check_ins() -> None:
    """The same groups without the medicine, as a comparison would have them."""
    kept = {name: getattr(WEEKLY6, name) for name in type(WEEKLY6).model_fields}
    kept |= {"id": "circles", "dosing": None, "check_ins": None, "measures": (), "instruments": ()}
    circles = [s.model_copy(update={"integrates": None}) for s in WEEKLY6.sessions_of(SessionKind.CIRCLE)]
    rules = WEEKLY6.rules_for(SessionKind.CIRCLE)
    no_more = {"effect": "none", "make_up_within": None}
    rules = rules.model_copy(update={"missed": rules.missed.model_copy(update=no_more)})
    protocol = Protocol.model_validate(kept | {"sessions": tuple(circles), "session_rules": (rules,)})
    calendar = Calendar.plan(protocol, date(2027, 2, 1), ZoneInfo("America/Denver"))
    facts = resident()
    assert not decide(protocol, calendar, facts.history, FIRST).finished
    for circle in calendar.sessions.values():
        facts.tell(FactKind.ATTENDED, circle.item, circle.starts_at)
    decided = decide(protocol, calendar, facts.history, AFTER_IT_ALL)
    assert (decided.finished, decided.state) == (True, "completed")
