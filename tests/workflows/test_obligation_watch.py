"""The watch of an obligation on a real server: its service acts when the moment comes, whatever changes before."""

from datetime import timedelta

from shared.watch import Rest, Watched
from tests.workflows.ground import QUEUE, SITE, Ground

OBLIGATION = "Obligation"


async def test_nobody_acts_before_the_moment_comes(ground: Ground) -> None:
    moment = await ground.ahead(days=3)
    watch = await ground.watch(OBLIGATION, wake_at=moment)
    await watch.rested()
    await ground.time.move(moment - timedelta(hours=1))
    assert not ground.rows.asked_about(watch.id)
    await ground.time.move(moment)
    assert (await watch.acted(1)).acted_on == (1,)
    await watch.change(open=False)
    await watch.ended()
    assert len(ground.rows.asked_about(watch.id)) == 1


async def test_a_moment_that_is_there_already_is_acted_on_at_once(ground: Ground) -> None:
    watch = await ground.watch(OBLIGATION, wake_at=await ground.time.now())
    assert (await watch.acted(1)).acted_on == (1,)


async def test_a_moved_moment_is_kept_and_the_old_one_passes(ground: Ground) -> None:
    first, second = await ground.ahead(days=3), await ground.ahead(days=6)
    watch = await ground.watch(OBLIGATION, wake_at=first)
    await watch.change(wake_at=second)
    await watch.rested()
    await ground.time.move(first + timedelta(hours=1))
    await watch.rested()
    assert not ground.rows.asked_about(watch.id)
    await ground.time.move(second)
    assert (await watch.acted(1)).acted_on == (2,)


async def test_a_moment_that_comes_nearer_is_not_slept_through(ground: Ground) -> None:
    watch = await ground.watch(OBLIGATION, wake_at=await ground.ahead(days=9))
    await watch.rested()
    nearer = await ground.ahead(days=1)
    await watch.change(wake_at=nearer)
    await watch.rested()
    await ground.time.move(nearer)
    assert (await watch.acted(1)).acted_on == (2,)


async def test_who_closes_it_ends_the_watch_and_nobody_acts(ground: Ground) -> None:
    watch = await ground.watch(OBLIGATION, wake_at=await ground.ahead(days=9))
    await watch.change(open=False)
    await watch.ended()
    await watch.nudge()
    await watch.ended()
    assert not ground.rows.asked_about(watch.id)


async def test_a_late_nudge_of_an_older_revision_changes_nothing(ground: Ground) -> None:
    moment = await ground.ahead(days=2)
    watch = await ground.watch(OBLIGATION, revision=5, wake_at=moment)
    await watch.rested()
    await watch.nudge(stands=Rest(4, await ground.ahead(days=900)))
    await watch.nudge(stands=Rest(3, open=False))
    await watch.rested()
    assert await watch.rest() == Rest(5, moment)


async def test_a_change_in_the_midst_of_acting_is_newer_than_the_answer(ground: Ground) -> None:
    later = await ground.ahead(days=4)
    watch = await ground.watch(OBLIGATION, wake_at=await ground.ahead(days=1))
    await watch.rested()

    async def put_off() -> None:
        await watch.change(wake_at=later)

    ground.rows.meanwhile[watch.id] = put_off
    await ground.time.move(await ground.ahead(days=1))
    await watch.acted(1)
    await watch.rested()
    assert await watch.rest() == Rest(2, later)


async def test_what_fails_is_tried_again_until_it_succeeds(ground: Ground) -> None:
    watch = await ground.watch(OBLIGATION, wake_at=await ground.ahead(days=1))
    await watch.rested()
    ground.rows.failures[watch.id] = 2
    await ground.time.move(await ground.ahead(days=1))
    assert (await watch.acted(1)).acted_on == (1,)
    assert len(ground.rows.asked_about(watch.id)) == 3


async def test_a_watch_that_is_lost_and_started_from_nothing_rests_where_the_lost_one_did(ground: Ground) -> None:
    watch = await ground.watch(OBLIGATION, wake_at=await ground.ahead(days=5))
    await watch.rested()
    before = await watch.rest()
    await watch.handle.terminate("lost")
    watched = Watched(watch.id, SITE, watch.row.revision)
    await ground.client.start_workflow(OBLIGATION, watched, id=watch.workflow_id, task_queue=QUEUE)
    await watch.settled()
    assert await watch.rest() == before
    await watch.change(open=False)
    await watch.ended()
