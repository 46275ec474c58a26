"""The same seed tells the same clinical story, in whatever order things happen."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import mean

import pytest

from rehearsal.cast import bodies
from rehearsal.cast.agenda import Agenda
from rehearsal.cast.chance import Chance
from rehearsal.cast.days import at_clock, next_clock, next_minutes, working_hour
from rehearsal.cast.scores import items, total
from rehearsal.story import Story, read_story
from shared.protocol.load import load_protocol
from shared.sites import load_sites

ROOT = Path(__file__).resolve().parents[3]
MEASURES = ("baseline", "end", "six_months")


@pytest.fixture(scope="module")
def story() -> Story:
    protocol = load_protocol(ROOT / "protocols" / "weekly6.yaml")
    return read_story(ROOT / "examples" / "weekly6", protocol, load_sites(ROOT / "deploy" / "sites.yaml"))


def told(story: Story, seed: int, shuffled: int) -> dict[tuple[str, str, str], list[int]]:
    chance = Chance(seed)
    asked = [(r.reference, m, i.id) for r in story.referrals for m in MEASURES for i in story.protocol.instruments]
    Random(shuffled).shuffle(asked)
    return {(r, m, i): items(chance, r, m, story.protocol.instrument(i), {}) for r, m, i in asked}


def test_the_order_of_events_does_not_change_what_is_answered(story: Story) -> None:
    assert told(story, 7, shuffled=1) == told(story, 7, shuffled=2)


def test_another_seed_tells_another_story(story: Story) -> None:
    assert told(story, 7, shuffled=1) != told(story, 8, shuffled=1)


def test_every_answer_is_possible_and_item_nine_is_zero_unless_the_story_says_otherwise(story: Story) -> None:
    for (_, _, name), answers in told(story, 3, shuffled=0).items():
        instrument = story.protocol.instrument(name)
        assert len(answers) == instrument.items
        assert all(0 <= answer <= instrument.item_max for answer in answers)
        assert name != "phq9" or answers[8] == 0
    phq9 = story.protocol.instrument("phq9")
    assert items(Chance(3), "R-16", "week5", phq9, {9: 1})[8] == 1


@pytest.mark.parametrize(("name", "before", "after"), [("phq9", 15.5, 7.7), ("gad7", 15.5, 6.2), ("pcl5", 39.3, 21.0)])
def test_scores_lie_around_the_published_means(story: Story, name: str, before: float, after: float) -> None:
    instrument = story.protocol.instrument(name)
    chances = [Chance(seed) for seed in range(40)]
    at = {
        measure: mean(total(c, r.reference, measure, instrument) for c in chances for r in story.referrals)
        for measure in MEASURES
    }
    assert at["baseline"] == pytest.approx(before, abs=1.5)
    assert at["end"] == pytest.approx(after, abs=2.5)
    assert at["end"] < at["six_months"] < at["baseline"]


def test_ordinary_vitals_and_doses_are_within_the_protocols_limits(story: Story) -> None:
    assert story.protocol.dosing is not None
    usual_range = story.protocol.dosing.routes[0]
    for seed in range(20):
        for referral in story.referrals:
            usual = story.answers[referral.reference]
            signs = bodies.vitals(Chance(seed), referral.reference, "dose:1:0", usual)
            assert signs["systolic"] <= 140
            assert signs["diastolic"] <= 90
            order = bodies.order(Chance(seed), referral.reference, "dose:6", usual, date(2027, 3, 23))
            assert usual_range.low <= order["mg"] / order["weight_kg"] <= usual_range.high  # type: ignore[operator]  # weekly6 has a range


def test_nobody_is_referred_in_the_past(story: Story) -> None:
    now = datetime(2028, 6, 1, tzinfo=UTC)
    moved = story.not_before(now)
    assert moved.begins_on > now.date()
    assert moved.begins_on - story.begins_on == timedelta(weeks=104)
    assert all(cohort.starts_on.weekday() == 0 for cohort in moved.cohorts)
    assert story.not_before(datetime(2026, 11, 22, tzinfo=UTC)) is story


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
    assert next_minutes(friday_noon + timedelta(minutes=1), 15) == friday_noon + timedelta(minutes=15)
