"""The people of examples/weekly6: what the screening rules find in their answers is what the story says of them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rehearsal.story import Story, read_story
from services.intake.domain.referral import Pin
from services.intake.domain.screening import Evaluation, evaluate
from shared.protocol.load import load_protocol
from shared.protocol.words import ScreeningOutcome
from shared.sites import load_sites

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def story() -> Story:
    protocol = load_protocol(ROOT / "protocols" / "weekly6.yaml")
    return read_story(ROOT / "examples" / "weekly6", protocol, load_sites(ROOT / "deploy" / "sites.yaml"))


def evaluation(story: Story, reference: str) -> Evaluation:
    pin = Pin(story.protocol.id, story.protocol.version, story.protocol.content_hash)
    now = datetime(2027, 1, 8, tzinfo=UTC)
    return evaluate(story.protocol.screening, pin, story.answers[reference], 1, now)


def found(story: Story, outcome: ScreeningOutcome) -> set[str]:
    people = [referral.reference for referral in story.referrals]
    return {r for r in people if any(f.outcome == outcome for f in evaluation(story, r).findings)}


def test_twenty_four_people_are_referred_to_two_sites(story: Story) -> None:
    sites = [referral.site for referral in story.referrals]
    assert (sites.count("bc"), sites.count("co")) == (13, 11)


def test_two_answers_exclude_and_three_ask_for_a_clinicians_review(story: Story) -> None:
    assert found(story, ScreeningOutcome.EXCLUDE) == {"R-03", "R-15"}
    assert found(story, ScreeningOutcome.REVIEW) == {"R-05", "R-17", "R-18"}


def test_one_person_is_better_served_individually(story: Story) -> None:
    individual = [r.reference for r in story.referrals if evaluation(story, r.reference).suggested != "group"]
    assert individual == ["R-07"]


def test_everyone_eligible_can_have_a_seat(story: Story) -> None:
    for site in ("bc", "co"):
        here = [r.reference for r in story.referrals if r.site == site]
        people = [story.person(reference) for reference in here]
        eligible = [p for p in people if p.decision == "eligible" and p.forms == "submitted"]
        assert len(eligible) <= sum(cohort.capacity for cohort in story.cohorts if cohort.site == site)


def test_the_story_ends_every_referral_in_one_state(story: Story) -> None:
    ends = [story.person(referral.reference).ends for referral in story.referrals]
    assert {state: ends.count(state) for state in sorted(set(ends))} == {
        "completed": 16,
        "declined": 1,
        "excluded": 3,
        "lapsed": 1,
        "lost_to_follow_up": 1,
        "redirected": 1,
        "withdrawn": 1,
    }


def test_colorado_changes_its_clocks_between_two_sessions_and_british_columbia_does_not(story: Story) -> None:
    from rehearsal.cast.days import at_clock

    for site, hours in (("co", {-7, -6}), ("bc", {-7})):
        zone = story.sites[site].zone
        starts = next(cohort.starts_on for cohort in story.cohorts if cohort.site == site)
        offsets = {
            (at.hour - 9) * -1
            for session in story.protocol.sessions
            for at in [at_clock(starts, "09:00", zone, days=session.at.day)]
        }
        assert offsets == hours
