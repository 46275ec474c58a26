"""A short experiment leaves nobody lost and nothing twice, and finds it when one protection is switched off."""

import pytest
from rich.console import Console

from chaos import virtual
from chaos.plan import DISKS, KILLED, SERVERS
from chaos.report import Summary
from chaos.run import Options
from rehearsal.display import Display
from tests.lib.chaos_run import run_chaos
from tests.lib.few import FRONT_RANGE, story_of
from tests.lib.servers import temporary_folder

HASTY = {"patience": 40.0, "within": 130.0}
"""What a broken system leaves unfinished is waited for no longer than programs need that come to their end."""


def rules(summary: Summary) -> set[str]:
    return {one.rule for one in summary.violations}


def in_words(summary: Summary) -> str:
    return "\n".join("\n    ".join([f"{one.rule}: {one.words}", *one.trail]) for one in summary.violations)


@pytest.mark.long
async def test_nobody_is_lost_in_a_storm_that_kills_everything_once() -> None:
    summary = await run_chaos(Options(kills=len(KILLED), seed=9, cohorts=2))
    assert not summary.violations, in_words(summary)
    assert summary.ledger.balanced
    assert set(summary.faults["kill"]) == set(KILLED)
    assert summary.people.doses
    assert summary.checked.agendas
    assert summary.checked.workflows


@pytest.mark.long
async def test_nobody_is_lost_in_the_storm_that_is_the_default() -> None:
    summary = await run_chaos(Options())
    assert not summary.violations, in_words(summary)


@pytest.mark.long
async def test_nobody_is_lost_in_a_storm_of_five_hundred_kills() -> None:
    summary = await run_chaos(Options(kills=500, seed=1))
    assert not summary.violations, in_words(summary)


@pytest.mark.long
async def test_nobody_is_lost_when_another_build_takes_a_service_and_is_gone() -> None:
    summary = await run_chaos(Options(kills=4, seed=3, only=("build_beside", "build_instead"), after=30))
    assert not summary.violations, in_words(summary)
    assert set(summary.faults) == {"build_beside", "build_instead"}
    assert summary.people.doses


@pytest.mark.long
async def test_nobody_is_lost_when_a_disk_is_full() -> None:
    summary = await run_chaos(Options(kills=4, seed=3, only=("full_disk",), after=30))
    if summary.left_out:
        pytest.skip(summary.left_out["full_disk"])
    assert not summary.violations, in_words(summary)
    assert set(summary.full_disks) == set(DISKS)
    assert all(disk.felt for disk in summary.full_disks.values())


@pytest.mark.long
async def test_a_rehearsal_ends_as_it_is_told_whatever_is_killed_in_it() -> None:
    async with temporary_folder() as folder:
        scenario = story_of("weekly6", folder, FRONT_RANGE)
        with Display(Console(quiet=True), scenario) as display:
            summary = await virtual.experiment(scenario, 7, 8, folder, display)
    assert not summary.violations, in_words(summary)
    assert sum(summary.faults["kill"].values()) == 8


@pytest.mark.long
async def test_a_storm_finds_an_inbox_that_is_switched_off() -> None:
    repeats = {"only": ("repeat", "delete_consumer"), "targets": ("stream", "notifications")}
    summary = await run_chaos(Options(kills=3, **repeats, sabotage="inbox", after=45, cohorts=1, **HASTY))
    assert "told_twice" in rules(summary), in_words(summary)


@pytest.mark.long
async def test_a_storm_finds_an_outbox_that_keeps_no_order() -> None:
    summary = await run_chaos(Options(kills=2, only=("cut", "wipe"), sabotage="outbox_order", cohorts=1, **HASTY))
    assert "gap_in_a_sequence" in rules(summary), in_words(summary)


@pytest.mark.long
async def test_a_storm_finds_doses_that_nobody_cleared() -> None:
    summary = await run_chaos(Options(kills=0, sabotage="clearance", cohorts=1, **HASTY))
    assert "dose_proof_does_not_prove" in rules(summary), in_words(summary)


@pytest.mark.long
async def test_a_storm_finds_seats_of_people_who_left() -> None:
    summary = await run_chaos(Options(kills=0, sabotage="seats", cohorts=1, **HASTY))
    assert "seat_held_by_nobody" in rules(summary), in_words(summary)


@pytest.mark.long
async def test_a_storm_finds_appointments_that_nobody_was_told_of() -> None:
    summary = await run_chaos(Options(kills=0, sabotage="calls", cohorts=1, **HASTY))
    assert {"untold", "notice_dropped_without_a_call"} <= rules(summary), in_words(summary)


@pytest.mark.long
async def test_a_storm_finds_nudges_that_are_tried_once_alone() -> None:
    kills = {"kills": 24, "only": ("kill",), "targets": SERVERS[-1:], "after": 20}
    summary = await run_chaos(Options(**kills, sabotage="nudge_retry", **HASTY))
    assert rules(summary) & {"never_at_rest", "never_closed"}, in_words(summary)
