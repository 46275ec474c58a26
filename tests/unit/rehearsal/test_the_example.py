"""The people of examples/: what the rules find in their answers is what each protocol's scenario says of them."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from rehearsal.run import EXAMPLES, PROTOCOLS, SITES
from rehearsal.scenario import Person, Scenario, read_scenario
from services.intake.domain.referral import Pin
from services.intake.domain.screening import Evaluation, evaluate
from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import Modality, ScreeningOutcome
from shared.sites import load_sites

IDS = sorted(file.stem for file in PROTOCOLS.glob("*.yaml"))
ENDS = {
    "weekly6": {"completed": 15, "declined": 1, "excluded": 3, "lapsed": 1, "lost_to_follow_up": 1, "redirected": 1}
    | {"withdrawn": 2},
    "rtt3": {"completed": 21, "declined": 1, "excluded": 2, "lapsed": 1, "lost_to_follow_up": 1, "redirected": 1}
    | {"withdrawn": 1},
    "colorado7": {"completed": 5, "declined": 1, "excluded": 1, "lapsed": 1, "redirected": 1, "withdrawn": 1},
    "numinus6": {"completed": 8, "declined": 1, "excluded": 1, "lapsed": 1, "lost_to_follow_up": 1, "redirected": 1}
    | {"withdrawn": 1},
    "otago2": {"completed": 6, "declined": 1, "excluded": 1, "lapsed": 1, "withdrawn": 1},
    "ed4": {"completed": 4, "declined": 1, "excluded": 2, "lapsed": 1, "withdrawn": 1},
}


@cache
def story_of(id: str) -> Scenario:
    return read_scenario(EXAMPLES / id, load_protocol(PROTOCOLS / f"{id}.yaml"), load_sites(SITES))


@pytest.fixture(params=IDS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return story_of(request.param)


@pytest.fixture
def weekly6() -> Scenario:
    return story_of("weekly6")


def evaluation(scenario: Scenario, reference: str) -> Evaluation:
    pin = Pin(scenario.protocol.id, scenario.protocol.version, scenario.protocol.content_hash)
    now = datetime(2027, 1, 8, tzinfo=UTC)
    return evaluate(scenario.protocol.screening, pin, scenario.answers[reference], 1, now)


def found(scenario: Scenario, outcome: ScreeningOutcome) -> set[str]:
    people = [referral.reference for referral in scenario.referrals]
    return {r for r in people if any(f.outcome == outcome for f in evaluation(scenario, r).findings)}


def seated(scenario: Scenario, site: str) -> list[Person]:
    people = [scenario.person(referral.reference) for referral in scenario.referrals if referral.site == site]
    return [p for p in people if p.decision == "eligible" and p.forms == "submitted" and p.seat == "accepts"]


def test_the_story_ends_every_referral_in_one_state(scenario: Scenario) -> None:
    ends = [scenario.person(referral.reference).ends for referral in scenario.referrals]
    assert {state: ends.count(state) for state in sorted(set(ends))} == ENDS[scenario.protocol.id]


def test_whoever_the_rules_exclude_is_excluded_by_the_clinician_with_a_reason(scenario: Scenario) -> None:
    for reference in found(scenario, ScreeningOutcome.EXCLUDE):
        person = scenario.person(reference)
        assert (person.decision, bool(person.decision_reason)) == ("excluded", True), reference


def test_whoever_asks_for_a_review_is_decided_on_with_a_reason(scenario: Scenario) -> None:
    for reference in found(scenario, ScreeningOutcome.REVIEW):
        assert scenario.person(reference).decision_reason, reference


def test_nobody_is_excluded_or_redirected_without_a_finding(scenario: Scenario) -> None:
    for referral in scenario.referrals:
        decision, told = scenario.person(referral.reference).decision, evaluation(scenario, referral.reference)
        if decision == "excluded":
            assert [f for f in told.findings if f.outcome != ScreeningOutcome.INFO], referral.reference
        assert (decision == "redirected") == (told.suggested == Modality.INDIVIDUAL), referral.reference


def test_everyone_who_accepts_has_a_seat_and_every_group_is_large_enough(scenario: Scenario) -> None:
    for site in {cohort.site for cohort in scenario.cohorts}:
        here = [cohort for cohort in scenario.cohorts if cohort.site == site]
        smallest = len(here) * scenario.protocol.cohort.decided_size.minimum
        assert smallest <= len(seated(scenario, site)) <= sum(cohort.capacity for cohort in here)


def test_things_go_wrong_in_every_story(scenario: Scenario) -> None:
    people = [scenario.person(referral.reference) for referral in scenario.referrals]
    assert [p for p in people if p.absences]
    assert [p for p in people if p.signals]
    assert [p for p in people if p.adverse_events] or scenario.protocol.id == "colorado7"
    assert {"excluded", "declined", "lapsed", "withdrawn"} <= {p.ends for p in people}
    unanswered = {silence.item.partition(":")[0] for p in people for silence in p.silent}
    assert unanswered & ({"check_in"} if scenario.protocol.check_ins else {"measure"})


def test_nobody_is_real_and_what_a_cohort_chose_is_said_to_be_ours(scenario: Scenario) -> None:
    assert all(referral.email.endswith("@example.org") for referral in scenario.referrals)
    assert all(referral.phone[-7:-4] == "555" for referral in scenario.referrals if referral.phone)
    if scenario.protocol.inputs:
        assert "inputs are ours, not published" in (EXAMPLES / scenario.protocol.id / "cohorts.yaml").read_text()


def test_no_line_of_python_outside_the_tests_knows_a_published_program_by_name() -> None:
    root = Path(__file__).resolve().parents[3]
    published = [id for id in IDS if id != "weekly6"]
    folders = ("shared", "services", "rehearsal", "embedded", "cli")
    files = [file for folder in folders for file in (root / folder).rglob("*.py")]
    assert [(file, id) for file in files for id in published if id in file.read_text()] == []


def test_twenty_four_people_are_referred_to_two_sites(weekly6: Scenario) -> None:
    sites = [referral.site for referral in weekly6.referrals]
    assert (sites.count("bc"), sites.count("co")) == (13, 11)


def test_two_answers_exclude_and_three_ask_for_a_clinicians_review(weekly6: Scenario) -> None:
    assert found(weekly6, ScreeningOutcome.EXCLUDE) == {"R-03", "R-15"}
    assert found(weekly6, ScreeningOutcome.REVIEW) == {"R-05", "R-17", "R-18"}


def test_a_pressure_that_another_program_reviews_excludes_from_roots_to_thrive() -> None:
    captain = story_of("rtt3").answers["F-04"]
    outcomes = {}
    for id in ("rtt3", "weekly6"):
        protocol = story_of(id).protocol
        pin = Pin(protocol.id, protocol.version, protocol.content_hash)
        told = evaluate(protocol.screening, pin, captain, 1, datetime(2027, 1, 8, tzinfo=UTC))
        outcomes[id] = ScreeningOutcome.EXCLUDE in {finding.outcome for finding in told.findings}
    assert outcomes == {"rtt3": True, "weekly6": False}


def test_colorado_changes_its_clocks_between_two_sessions_and_british_columbia_does_not(weekly6: Scenario) -> None:
    from rehearsal.actors.days import at_clock

    for site, hours in (("co", {-7, -6}), ("bc", {-7})):
        zone = weekly6.sites[site].zone
        starts = next(cohort.starts_on for cohort in weekly6.cohorts if cohort.site == site)
        offsets = {
            (at.hour - 9) * -1
            for session in weekly6.protocol.sessions
            for at in [at_clock(starts, "09:00", zone, days=session.at.day)]
        }
        assert offsets == hours
