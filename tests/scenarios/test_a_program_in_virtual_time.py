"""Whole programs, from referral to follow-up, on real servers in virtual time."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal.actors import bodies
from rehearsal.actors.chance import Chance
from rehearsal.display import Display
from rehearsal.run import Outcome, rehearse, rehearsing
from rehearsal.scenario import Scenario
from shared.events import integration, scheduler
from tests.lib.arms import HIGHER, LOWER, with_arms
from tests.lib.few import FRONT_RANGE, THREE_RESIDENTS, Few, story_of


async def live(folder: Path, few: Few | None = None, id: str = "weekly6", seed: int = 7) -> Outcome:
    return await played(folder, story_of(id, folder, few), seed)


async def played(folder: Path, scenario: Scenario, seed: int = 7) -> Outcome:
    with Display(Console(quiet=True), scenario) as display:
        async with rehearsing(scenario, seed, folder / "data", display) as rehearsal:
            return await rehearse(rehearsal)


def clinical_story(outcome: Outcome) -> object:
    """Who, what and why, without ids and moments."""
    summary = outcome.summary
    absences = sorted((a.referral, a.item, a.owner, a.closed_by) for a in summary.absences)
    return summary.ledger, summary.participants, absences, summary.outcomes, summary.events.by_type


@pytest.mark.long
async def test_a_group_in_colorado_is_carried_from_referral_to_follow_up(folder: Path) -> None:
    outcome = await live(folder, FRONT_RANGE)
    assert outcome.failures == []
    ends = {person.referral: person.outcome for person in outcome.summary.participants}
    completed = dict.fromkeys(("R-14", "R-16", "R-19", "R-20"), "completed")
    assert ends == {"R-15": "excluded", "R-21": "lapsed"} | completed
    closures = {(absence.referral, absence.item): absence.closed_by for absence in outcome.summary.absences}
    assert closures == {("R-14", "dose:4"): "go_on", ("R-14", "circle:4"): "make_up", ("R-20", "dose:2"): "go_on"}
    told = outcome.summary.events.by_type
    assert told[integration.RiskRaised.event_type()] == told[integration.RiskClosed.event_type()] >= 1
    assert told[scheduler.DoseHeld.event_type()] == told[scheduler.DoseReleased.event_type()] == 1
    assert outcome.summary.clock.facts_inside_a_step == 0


async def test_a_group_with_doses_alone_is_measured_hours_after_each_and_carried_to_its_end(folder: Path) -> None:
    outcome = await live(folder, THREE_RESIDENTS, id="ed4")
    assert outcome.failures == []
    people = {person.referral: (person.outcome, person.doses) for person in outcome.summary.participants}
    assert people == {"E-03": ("completed", 3), "E-05": ("completed", 4), "E-06": ("completed", 4)}
    phq9 = {measure: (cell.n, cell.missing) for measure, cell in outcome.summary.outcomes["phq9"].items()}
    assert phq9["before_1"] == phq9["after_4_24h"] == (3, 0)
    assert phq9["after_1_24h"] == phq9["after_3_4h"] == (2, 1)


@pytest.mark.long
async def test_a_program_with_two_arms_is_dosed_within_each_and_carried_to_its_end(folder: Path) -> None:
    plain = story_of("ed4", folder, THREE_RESIDENTS)
    scenario = replace(plain, protocol=with_arms(plain.protocol))
    assert scenario.protocol.dosing is not None
    drawn = {bodies.arm(Chance(7), one.reference, scenario.protocol.dosing) for one in scenario.referrals}
    assert {arm.id for arm in drawn if arm} == {LOWER, HIGHER}
    outcome = await played(folder, scenario)
    assert outcome.failures == []
    assert {person.referral: (person.outcome, person.doses) for person in outcome.summary.participants} == {
        "E-03": ("completed", 3),
        "E-05": ("completed", 4),
        "E-06": ("completed", 4),
    }


@pytest.mark.long
@pytest.mark.parametrize("id", ["rtt3", "colorado7", "numinus6", "ed4", "otago2"])
async def test_every_published_program_is_carried_from_referral_to_its_last_measure(id: str, folder: Path) -> None:
    scenario = story_of(id, folder, None)
    outcome = await live(folder, id=id)
    assert outcome.failures == []
    ends = {person.referral: person.outcome for person in outcome.summary.participants}
    assert ends == {one.reference: scenario.person(one.reference).ends for one in scenario.referrals}


@pytest.mark.long
async def test_nobody_of_twenty_four_is_lost_and_the_same_seed_tells_the_same_story(folder: Path) -> None:
    (folder / "first").mkdir()
    (folder / "second").mkdir()
    first = await live(folder / "first")
    assert first.failures == []
    assert first.summary.ledger.balanced
    assert first.summary.ledger.referred == 24
    assert clinical_story(await live(folder / "second")) == clinical_story(first)
