"""Whole programs, from referral to follow-up, on real servers in virtual time."""

import csv
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal.display import Display
from rehearsal.run import EXAMPLES, PROTOCOLS, SITES, Outcome, rehearse, rehearsing
from rehearsal.story import Story, read_story
from shared.events import integration, scheduler
from shared.protocol.library import ProtocolLibrary
from shared.sites import load_sites

EXAMPLE = EXAMPLES / "weekly6"
FRONT_RANGE = ("R-14", "R-15", "R-16", "R-19", "R-20", "R-21")


def story_of(folder: Path, references: tuple[str, ...] = ()) -> Story:
    """The example's story, or the part of it that these people of Colorado live through."""
    protocol, sites = ProtocolLibrary(PROTOCOLS).latest("weekly6"), load_sites(SITES)
    if not references:
        return read_story(EXAMPLE, protocol, sites)
    with (EXAMPLE / "referrals.csv").open() as everyone, (folder / "referrals.csv").open("w") as few:
        rows = csv.DictReader(everyone)
        writer = csv.DictWriter(few, rows.fieldnames or [])
        writer.writeheader()
        writer.writerows(row for row in rows if row["reference"] in references)
    group = "cohorts:\n  - {name: Front Range, site: co, starts_on: 2027-02-01, capacity: 4}\n"
    (folder / "cohorts.yaml").write_text(group)
    return read_story(EXAMPLE, protocol, sites, folder / "referrals.csv")


async def live(folder: Path, references: tuple[str, ...] = (), seed: int = 7) -> Outcome:
    story = story_of(folder, references)
    with Display(Console(quiet=True), story) as display:
        async with rehearsing(story, seed, folder / "data", display) as rehearsal:
            return await rehearse(rehearsal)


def clinical_story(outcome: Outcome) -> object:
    """Who, what and why, without ids and moments."""
    summary = outcome.summary
    absences = sorted((a.referral, a.item, a.owner, a.closed_by) for a in summary.absences)
    return summary.ledger, summary.participants, absences, summary.outcomes, summary.events.by_type


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


@pytest.mark.long
async def test_nobody_of_twenty_four_is_lost_and_the_same_seed_tells_the_same_story(folder: Path) -> None:
    (folder / "first").mkdir()
    (folder / "second").mkdir()
    first = await live(folder / "first")
    assert first.failures == []
    assert first.summary.ledger.balanced
    assert first.summary.ledger.referred == 24
    assert clinical_story(await live(folder / "second")) == clinical_story(first)
