"""The workflows of programs and cohorts on a real server: they act when it is time or nudged, and lose nothing."""

import asyncio
from datetime import timedelta

import pytest

from tests.workflows.ground import Ground

every_workflow = pytest.mark.parametrize("workflow", ["ParticipantProgram", "CohortProgram"])
PHASE = {"phase": "screening"}


@every_workflow
async def test_it_acts_at_once_and_again_at_the_rows_moment(ground: Ground, workflow: str) -> None:
    moment = await ground.ahead(days=3)
    watch = await ground.watch(workflow, wake_at=moment, **PHASE)
    await watch.settled()
    await ground.time.move(moment - timedelta(hours=1))
    assert watch.row.acted_on == (1,)
    await ground.time.move(moment)
    assert (await watch.acted(2)).acted_on == (1, 1)
    await watch.change(open=False)
    await watch.ended()


@every_workflow
async def test_it_sleeps_without_a_moment_until_it_is_nudged(ground: Ground, workflow: str) -> None:
    watch = await ground.watch(workflow, **PHASE)
    await watch.settled()
    await ground.time.move(await ground.ahead(days=400))
    assert watch.row.acted_on == (1,)
    await watch.change()
    assert (await watch.settled()).acted_on == (1, 2)
    await watch.change(open=False)
    await watch.ended()


@every_workflow
async def test_a_nudge_wakes_it_before_its_moment_and_a_repeated_one_does_not(ground: Ground, workflow: str) -> None:
    watch = await ground.watch(workflow, wake_at=await ground.ahead(days=9), **PHASE)
    await watch.settled()
    await watch.change()
    assert (await watch.settled()).acted_on == (1, 2)
    await watch.nudge()
    await watch.nudge(revision=1)
    await watch.change(open=False)
    assert (await watch.ended()).acted_on == (1, 2, 3)


@every_workflow
async def test_a_nudge_in_the_midst_of_acting_leads_to_acting_again(ground: Ground, workflow: str) -> None:
    watch = await ground.watch(workflow, **PHASE)
    await watch.settled()
    ground.rows.meanwhile[watch.id] = watch.change
    await watch.change()
    row = await watch.settled()
    assert (row.revision, row.acted_on) == (3, (1, 2, 3))


@every_workflow
async def test_no_nudge_is_lost_however_many_come_at_once(ground: Ground, workflow: str) -> None:
    watch = await ground.watch(workflow, **PHASE)
    for burst in range(5):
        await asyncio.gather(*(watch.change() for _ in range(8)))
        if burst % 2:
            await asyncio.sleep(0)
    row = await watch.settled()
    assert (row.revision, row.acted_on[-1]) == (41, 41)
    assert list(row.acted_on) == sorted(row.acted_on)
    assert len(row.acted_on) <= 42


@every_workflow
async def test_a_closed_row_ends_it_and_a_nudge_after_that_looks_once_more(ground: Ground, workflow: str) -> None:
    watch = await ground.watch(workflow, open=False, phase="closed")
    await watch.ended()
    await watch.change()
    assert (await watch.acted(2)).acted_on == (1, 2)
    await watch.ended()


@every_workflow
async def test_a_nudge_that_comes_while_the_last_word_is_said_is_looked_at_too(ground: Ground, workflow: str) -> None:
    watch = await ground.watch(workflow, **PHASE)
    await watch.settled()
    ground.rows.meanwhile[watch.id] = watch.change
    await watch.change(open=False)
    await ground.rows.until(watch.id, lambda row: row.acted_on == (1, 2, 3))
    await watch.ended()


@every_workflow
async def test_what_fails_is_tried_again_until_it_succeeds(ground: Ground, workflow: str) -> None:
    watch = await ground.watch(workflow, **PHASE)
    await watch.settled()
    ground.rows.failures[watch.id] = 2
    await watch.change()
    assert (await watch.settled()).acted_on == (1, 2)
    assert len(ground.rows.asked_about(watch.id)) == 4


@every_workflow
async def test_a_workflow_that_is_lost_and_started_from_nothing_rests_where_the_lost_one_did(
    ground: Ground, workflow: str
) -> None:
    watch = await ground.watch(workflow, wake_at=await ground.ahead(days=5), phase="dosing")
    await watch.settled()
    await watch.change()
    await watch.settled()
    before = await watch.plan()
    await watch.handle.terminate("lost")
    await watch.nudge()
    await watch.settled()
    assert await watch.plan() == before
    await watch.change(open=False)
    await watch.ended()
