"""The same seed tells the same clinical scenario, in whatever order things happen."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import mean
from uuid import UUID

import pytest

from rehearsal.actors import bodies
from rehearsal.actors.agenda import Agenda
from rehearsal.actors.answering import Answering
from rehearsal.actors.apis import Apis
from rehearsal.actors.chance import Chance
from rehearsal.actors.context import Context
from rehearsal.actors.days import at_clock, in_time, next_clock, next_minutes, working_hour
from rehearsal.actors.scores import Point, items, point, total
from rehearsal.actors.sessions import Day, Sessions
from rehearsal.actors.staff import Team
from rehearsal.scenario import Scenario, read_scenario
from services.integration.domain.instruments import score
from services.session.domain.dose import DoseOrder, check_order
from services.session.domain.staffing import understaffed
from shared.events import ProtocolPin
from shared.events.scheduler import SessionBooked
from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import SessionKind
from shared.sites import load_sites
from tests.lib.arms import HIGHER, LOWER, with_arms

MONDAY = datetime(2027, 2, 1, 16, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]
POINTS = {
    "baseline": Point(True, 0.0, timedelta(0)),
    "week5": Point(False, 1 / 3, timedelta(0)),
    "end": Point(False, 1.0, timedelta(days=12)),
    "six_months": Point(False, 1.0, timedelta(days=180)),
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    protocol = load_protocol(ROOT / "protocols" / "weekly6.yaml")
    return read_scenario(ROOT / "examples" / "weekly6", protocol, load_sites(ROOT / "deploy" / "sites.yaml"))


def told(scenario: Scenario, seed: int, shuffled: int) -> dict[tuple[str, str, str], list[int]]:
    chance = Chance(seed)
    asked = [(r.reference, m, i.id) for r in scenario.referrals for m in POINTS for i in scenario.protocol.instruments]
    Random(shuffled).shuffle(asked)
    return {(r, m, i): items(chance, r, m, POINTS[m], scenario.protocol.instrument(i), {}) for r, m, i in asked}


def test_the_order_of_events_does_not_change_what_is_answered(scenario: Scenario) -> None:
    assert told(scenario, 7, shuffled=1) == told(scenario, 7, shuffled=2)


def test_another_seed_tells_another_story(scenario: Scenario) -> None:
    assert told(scenario, 7, shuffled=1) != told(scenario, 8, shuffled=1)


def test_every_answer_is_possible_and_item_nine_is_zero_unless_the_story_says_otherwise(scenario: Scenario) -> None:
    for (_, _, name), answers in told(scenario, 3, shuffled=0).items():
        instrument = scenario.protocol.instrument(name)
        assert len(answers) == instrument.items
        assert all(0 <= answer <= instrument.item_max for answer in answers)
        assert name != "phq9" or answers[8] == 0
    phq9 = scenario.protocol.instrument("phq9")
    assert items(Chance(3), "R-16", "week5", POINTS["week5"], phq9, {9: 1})[8] == 1


def test_a_reversed_questionnaire_is_answered_within_its_range_and_mindfulness_rises() -> None:
    ffmq15 = load_protocol(ROOT / "protocols" / "otago2.yaml").instrument("ffmq15")
    totals = {}
    for when in ("baseline", "end"):
        answered = [items(Chance(seed), "R-01", when, POINTS[when], ffmq15, {}) for seed in range(40)]
        assert all(1 <= answer <= 5 for answers in answered for answer in answers)
        totals[when] = sum(score(ffmq15, answers).total or 0 for answers in answered) / 40
    assert 15 <= totals["baseline"] < totals["end"] <= 75


@pytest.mark.parametrize(("name", "before", "after"), [("phq9", 15.5, 7.7), ("gad7", 15.5, 6.2), ("pcl5", 39.3, 21.0)])
def test_scores_lie_around_the_published_means(scenario: Scenario, name: str, before: float, after: float) -> None:
    instrument = scenario.protocol.instrument(name)
    chances = [Chance(seed) for seed in range(40)]
    at = {
        measure: mean(
            total(c, r.reference, measure, POINTS[measure], instrument) for c in chances for r in scenario.referrals
        )
        for measure in POINTS
    }
    assert at["baseline"] == pytest.approx(before, abs=1.5)
    assert at["end"] == pytest.approx(after, abs=2.5)
    assert at["end"] < at["six_months"] < at["week5"] < at["baseline"]


def test_a_story_may_give_the_published_mean_of_its_own_group(scenario: Scenario) -> None:
    phq9 = scenario.protocol.instrument("phq9")
    drawn = [total(Chance(seed), "R-01", "baseline", POINTS["baseline"], phq9, before=12) for seed in range(200)]
    assert mean(drawn) == pytest.approx(12, abs=1)


def test_where_a_measure_lies_is_read_from_the_cohorts_calendar_whatever_its_name() -> None:
    doses = [booked("dose", 7 * week) for week in range(1, 5)]
    closing = booked("circle", 35)
    assert point(True, MONDAY, [*doses, closing]) == Point(True, 0.0, timedelta(0))
    assert point(False, MONDAY + timedelta(days=15), [*doses, closing]) == Point(False, 0.5, timedelta(0))
    assert point(False, MONDAY + timedelta(days=49, hours=2), [*doses, closing]).since_the_end == timedelta(days=14)
    assert point(False, MONDAY + timedelta(days=40), [closing]).through == 1.0


def booked(kind: str, day: int) -> SessionBooked:
    at = MONDAY + timedelta(days=day)
    ids = {"session_id": UUID(int=day), "cohort_id": UUID(int=1), "calendar_revision": 1, "zone": "America/Denver"}
    pin = ProtocolPin(id="any", version="1", hash="0" * 64)
    ends_at = at + timedelta(hours=2)
    return SessionBooked(**ids, item=f"{kind}:1", kind=kind, starts_at=at, ends_at=ends_at, protocol=pin)


def test_ordinary_vitals_are_within_the_protocols_limits(scenario: Scenario) -> None:
    for seed in range(20):
        for referral in scenario.referrals:
            usual = scenario.answers[referral.reference]
            signs = bodies.vitals(Chance(seed), referral.reference, "dose:1:0", usual)
            assert signs["systolic"] <= 140
            assert signs["diastolic"] <= 90


@pytest.mark.parametrize("id", ["weekly6", "rtt3", "colorado7", "numinus6", "ed4", "otago2"])
def test_each_dose_is_ordered_by_its_own_route_and_within_that_routes_range(id: str) -> None:
    protocol = load_protocol(ROOT / "protocols" / f"{id}.yaml")
    people = read_scenario(ROOT / "examples" / id, protocol, load_sites(ROOT / "deploy" / "sites.yaml"))
    today = date(2027, 3, 23)
    for dose in protocol.sessions_of(SessionKind.DOSE):
        for referral in people.referrals:
            usual = people.answers[referral.reference]
            given = bodies.order(Chance(7), referral.reference, dose.key, protocol, usual, today)
            order = DoseOrder(**given | {"weighed_on": today, "expires_on": date(2028, 12, 31)})
            check_order(protocol.dosing, protocol.routes_of(dose.key), None, order, today)
    by_route = {dose.key: protocol.routes_of(dose.key)[0] for dose in protocol.sessions_of(SessionKind.DOSE)}
    assert id != "numinus6" or by_route == {"dose:1": "SL", "dose:2": "SL", "dose:3": "IM"}


def test_each_arm_is_drawn_from_the_seed_and_its_doses_are_within_its_range() -> None:
    protocol = with_arms(load_protocol(ROOT / "protocols" / "ed4.yaml"))
    people = read_scenario(ROOT / "examples" / "ed4", protocol, load_sites(ROOT / "deploy" / "sites.yaml"))
    today, chance, drawn = date(2027, 3, 23), Chance(7), set()
    for referral in people.referrals:
        arm = bodies.arm(chance, referral.reference, protocol.dosing)
        assert arm == bodies.arm(Chance(7), referral.reference, protocol.dosing)
        drawn.add(arm.id)
        for dose in protocol.sessions_of(SessionKind.DOSE):
            usual = people.answers[referral.reference]
            given = bodies.order(chance, referral.reference, dose.key, protocol, usual, today)
            order = DoseOrder(**given | {"weighed_on": today, "expires_on": date(2028, 12, 31)})
            check_order(protocol.dosing, protocol.routes_of(dose.key), arm.id, order, today)
    assert drawn == {LOWER, HIGHER}


def test_there_are_as_many_monitors_as_the_protocol_asks_for_so_many_people() -> None:
    for id, people in (("weekly6", 8), ("rtt3", 40), ("ed4", 5)):
        dosing = load_protocol(ROOT / "protocols" / f"{id}.yaml").dosing
        there = {actor.subject: actor.role for actor in Team.at("bc").on_site(dosing.staffing, people)}
        assert understaffed(dosing.staffing, there, people) == ()


class Dosing(Sessions):
    """Everybody is given their dose."""

    async def _decide_and_dose(self, *_: object) -> bool:
        return True


@pytest.mark.parametrize(("hours", "leaves_after"), [(2, 121), (4, 241), (1, 121)])
async def test_nobody_leaves_before_the_last_observation_nor_before_the_protocol_lets_them(
    scenario: Scenario, hours: int, leaves_after: int
) -> None:
    assert scenario.protocol.dosing is not None
    discharge = scenario.protocol.dosing.discharge
    not_before = discharge.not_before.model_copy(update={"value": timedelta(hours=hours)})
    dosing = {"discharge": discharge.model_copy(update={"not_before": not_before})}
    protocol = scenario.protocol.model_copy(update={"dosing": scenario.protocol.dosing.model_copy(update=dosing)})
    context = Context(replace(scenario, protocol=protocol), Apis({}, Nobody(), []), Agenda(), Chance(7), {})
    day = Day(UUID(int=1), "dose:1", "bc", "America/Vancouver", MONDAY, MONDAY + timedelta(hours=4), ())
    await Dosing(context)._dose_group(day, [UUID(int=2)], MONDAY, "ready")
    planned = {}
    while at := context.agenda.next_at():
        planned |= {entry.name: at - MONDAY for entry in context.agenda.due(at)}
    assert planned[f"discharge:{day.session_id}:ready"] == timedelta(minutes=leaves_after)


def test_a_questionnaire_is_answered_within_its_window_however_short(scenario: Scenario) -> None:
    opens_at = datetime(2027, 2, 3, 20, 45, tzinfo=UTC)
    context = Context(scenario, Apis({}, Nobody(), []), Agenda(), Chance(7), {})
    context.references[UUID(int=1)], context.sites[UUID(int=1)] = "R-01", "bc"
    for window in (timedelta(minutes=45), timedelta(hours=24), timedelta(days=14)):
        at = Answering(context)._answers_at(UUID(int=1), "measure:week5", opens_at, opens_at + window)
        assert opens_at <= at < opens_at + window


def test_nobody_is_referred_in_the_past(scenario: Scenario) -> None:
    now = datetime(2028, 6, 1, tzinfo=UTC)
    moved = scenario.not_before(now)
    assert moved.begins_on > now.date()
    assert moved.begins_on - scenario.begins_on == timedelta(weeks=104)
    assert all(cohort.starts_on.weekday() == 0 for cohort in moved.cohorts)
    assert scenario.not_before(datetime(2026, 11, 22, tzinfo=UTC)) is scenario


class Nobody:
    """Signs no tokens."""

    def token(self, *_: object) -> str:
        raise AssertionError("nobody acts here")


async def nothing() -> None:
    """An act that changes nothing."""


def test_an_act_is_planned_once_and_acts_of_one_instant_go_by_rank() -> None:
    agenda, nine = Agenda(), datetime(2027, 2, 2, 17, tzinfo=UTC)
    assert agenda.put("close", nine, nothing, rank=1)
    assert agenda.put("arrive", nine, nothing)
    assert not agenda.put("arrive", nine + timedelta(hours=1), nothing)
    assert agenda.due(nine - timedelta(seconds=1)) == []
    assert [[entry.name for entry in agenda.due(nine)] for _ in range(2)] == [["arrive"], ["close"]]
    assert agenda.next_at() is None


def test_nine_in_the_morning_stays_nine_in_the_morning_over_a_clock_change() -> None:
    monday = date(2027, 3, 8)
    assert at_clock(monday, "09:00", "America/Denver").hour == 16
    assert at_clock(monday, "09:00", "America/Denver", days=7).hour == 15
    assert at_clock(monday, "09:00", "America/Vancouver", days=7).hour == 16


def test_people_act_at_their_next_hour_and_staff_from_monday_to_friday() -> None:
    friday_noon = at_clock(date(2027, 2, 5), "12:00", "America/Denver")
    assert next_clock(friday_noon, ("10:00", "14:00"), "America/Denver") == friday_noon + timedelta(hours=2)
    assert working_hour(friday_noon, ("11:00",), "America/Denver") == friday_noon + timedelta(days=2, hours=23)
    tuesday, saturday = friday_noon + timedelta(days=4), friday_noon + timedelta(hours=23)
    assert in_time(friday_noon, tuesday, ("11:00",), "America/Denver") == friday_noon + timedelta(days=2, hours=23)
    assert in_time(friday_noon, friday_noon + timedelta(days=2), ("11:00",), "America/Denver") == saturday
    assert next_minutes(friday_noon + timedelta(minutes=1), 15) == friday_noon + timedelta(minutes=15)
