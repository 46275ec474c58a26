"""the watch of a site's obligations on a real server: each is acted on when its moment comes, whatever changes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.common import RetryPolicy

from shared import watch
from shared.watch import Watching
from tests.workflows.ground import SECONDS, Ground, SiteWatch


async def test_nobody_acts_before_the_moment_comes(ground: Ground) -> None:
    site, moment = SiteWatch(ground), await ground.ahead(days=3)
    id = await site.open(moment)
    await site.rested()
    await ground.time.move(moment - timedelta(hours=1))
    assert not ground.rows.asked_about(id)
    await ground.time.move(moment)
    assert (await site.acted(id)).acted_on == (1,)
    await site.is_idle()
    assert len(ground.rows.asked_about(id)) == 1


async def test_a_moment_that_is_there_already_is_acted_on_at_once(ground: Ground) -> None:
    site = SiteWatch(ground)
    assert (await site.acted(await site.open(await ground.time.now()))).acted_on == (1,)


async def test_what_is_put_off_is_acted_on_at_its_new_moment_although_nobody_was_told(ground: Ground) -> None:
    site, first, second = SiteWatch(ground), await ground.ahead(days=3), await ground.ahead(days=6)
    id = await site.open(first)
    await site.rested()
    await site.change(id, wake_at=second)
    await ground.time.move(first)
    await site.looked(2)
    await site.rested()
    assert not ground.rows.asked_about(id)
    await ground.time.move(second)
    assert (await site.acted(id)).acted_on == (2,)


async def test_a_moment_that_comes_nearer_is_not_slept_through(ground: Ground) -> None:
    site = SiteWatch(ground)
    id = await site.open(await ground.ahead(days=9))
    await site.rested()
    nearer = await ground.ahead(days=1)
    await site.change(id, wake_at=nearer, tell=True)
    await site.rested()
    await ground.time.move(nearer)
    assert (await site.acted(id)).acted_on == (2,)


async def test_what_is_closed_is_not_acted_on_and_then_nothing_is_waited_for(ground: Ground) -> None:
    site, moment = SiteWatch(ground), await ground.ahead(days=9)
    id = await site.open(moment)
    await site.rested()
    await site.change(id, open=False)
    await ground.time.move(moment)
    await site.looked(2)
    await site.is_idle()
    assert not ground.rows.asked_about(id)


async def test_a_moment_after_the_earliest_needs_no_telling(ground: Ground) -> None:
    """The nudger relies on it: what is opened behind a moment that the watch knows is found by the look then."""
    site, first, second = SiteWatch(ground), await ground.ahead(days=1), await ground.ahead(days=2)
    closed = await site.open(first)
    await site.rested()
    silent = await site.open(second, tell=False)
    await site.change(closed, open=False)
    await ground.time.move(first)
    await site.looked(2)
    await site.rested()
    await ground.time.move(second)
    assert (await site.acted(silent)).acted_on == (1,)


async def test_what_is_told_while_a_look_is_on_its_way_is_kept_beside_its_answer(ground: Ground) -> None:
    site, moment = SiteWatch(ground), await ground.ahead(days=1)
    ids = [await site.open(moment), await site.open(moment + timedelta(days=30))]
    await site.rested()
    nearer = moment + timedelta(hours=6)

    async def opened() -> None:
        ids.append(await site.open(nearer))

    ground.rows.after_look[site.site] = opened
    await ground.time.move(moment)
    await site.acted(ids[0])
    await site.rested()
    assert await site.watching() == Watching(nearer, acting=0)
    await ground.time.move(nearer)
    assert (await site.acted(ids[2])).acted_on == (1,)


async def test_one_that_takes_long_delays_no_other(ground: Ground) -> None:
    site, moment = SiteWatch(ground), await ground.ahead(days=1)
    slow, beside, later = [await site.open(moment + timedelta(hours=n)) for n in (0, 0, 1)]
    await site.rested()
    answers, asked = asyncio.Event(), asyncio.Event()

    async def takes_long() -> None:
        asked.set()
        await answers.wait()

    ground.rows.meanwhile[slow] = takes_long
    await ground.time.move(moment)
    await site.acted(beside)
    async with asyncio.timeout(SECONDS):
        await asked.wait()
    # Time may not pass over what is under way, so the other one becomes due by being moved.
    await site.change(later, wake_at=await ground.time.now(), tell=True)
    assert (await site.acted(later)).acted_on == (2,)
    assert site.row(slow).acted_on == ()
    answers.set()
    assert (await site.acted(slow)).acted_on == (1,)
    await site.is_idle()


async def test_what_fails_is_tried_again_until_it_succeeds_and_delays_no_other(ground: Ground) -> None:
    site, moment = SiteWatch(ground), await ground.ahead(days=1)
    fails, beside = [await site.open(moment) for _ in range(2)]
    await site.rested()
    ground.rows.failures[fails] = 2
    await ground.time.move(moment)
    await site.acted(beside)
    assert (await site.acted(fails)).acted_on == (1,)
    assert len(ground.rows.asked_about(fails)) == 3


async def test_what_failed_too_often_is_looked_at_again_a_minute_later(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "OBLIGATION_RETRY", RetryPolicy(maximum_attempts=1))
    site, moment = SiteWatch(ground), await ground.ahead(days=1)
    id = await site.open(moment)
    await site.rested()
    ground.rows.failures[id] = 1
    await ground.time.move(moment)
    await site.looked(2)
    await site.rested()
    again = (await site.watching()).wake_at
    assert again is not None
    assert timedelta(seconds=59) <= again - moment <= timedelta(seconds=70)
    await ground.time.move(again)
    assert (await site.acted(id)).acted_on == (1,)


async def test_a_watch_that_is_lost_and_started_from_nothing_waits_for_what_the_lost_one_did(ground: Ground) -> None:
    site, moment = SiteWatch(ground), await ground.ahead(days=5)
    id = await site.open(moment)
    await site.rested()
    await site.handle.terminate("lost")
    await site.tell(None)
    await site.rested()
    assert await site.watching() == Watching(moment, acting=0)
    await ground.time.move(moment)
    assert (await site.acted(id)).acted_on == (1,)


async def test_more_than_a_look_finds_are_all_acted_on(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "AT_ONCE", 3)
    monkeypatch.setattr(watch, "ACTING", 5)
    site, moment = SiteWatch(ground), await ground.ahead(days=1)
    ids = [await site.open(moment) for _ in range(11)]
    await site.rested()
    await ground.time.move(moment)
    for id in ids:
        assert (await site.acted(id)).acted_on == (1,)
    await site.is_idle()
    assert max(looking.at_most for looking in site.looks) == 3


async def test_it_continues_as_new_again_and_again_and_loses_nothing(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEWED_AFTER", 30)
    site, days = SiteWatch(ground), 12
    moments = [await ground.ahead(days=day) for day in range(1, days)]
    ids = [await site.open(moment, tell=False) for moment in moments]
    await site.tell(moments[0])
    for id, moment in zip(ids, moments, strict=True):
        await site.rested()
        await ground.time.move(moment)
        assert (await site.acted(id)).acted_on == (1,)
    await site.is_idle()
    runs = await runs_of(site)
    assert len(runs) >= 3
    assert max(len(run.events) for run in runs) < 60
    assert len(site.looks) <= 2 * days


async def test_a_long_one_starts_nothing_before_it_has_continued_as_new(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEWED_AFTER", 20)
    monkeypatch.setattr(watch, "LONGEST", 20)
    site, moment = SiteWatch(ground), await ground.ahead(days=1)
    slow, other = await site.open(moment), await site.open(moment)
    await site.rested()
    answers, asked = asyncio.Event(), asyncio.Event()

    async def takes_long() -> None:
        asked.set()
        await answers.wait()

    ground.rows.meanwhile[slow] = takes_long
    await ground.time.move(moment)
    await site.acted(other)
    async with asyncio.timeout(SECONDS):
        await asked.wait()
    runs = len(await runs_of(site))
    while len((await site.history()).events) < 30:
        await site.tell(moment + timedelta(days=30))
    waits = await site.open(await ground.time.now(), tell=False)
    await site.tell(None, waits)
    assert (await site.watching()).acting == 1
    assert not site.row(waits).acted_on
    assert len(await runs_of(site)) == runs
    answers.set()
    assert (await site.acted(waits)).acted_on == (1,)
    assert len(await runs_of(site)) == runs + 1


async def runs_of(site: SiteWatch) -> list[WorkflowHistory]:
    """Every run of the watch, the oldest first."""
    found = [await site.history()]
    while earlier := found[0].events[0].workflow_execution_started_event_attributes.continued_execution_run_id:
        found.insert(0, await site.history(earlier))
    continued = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    ends: list[Any] = [run.events[-1].event_type for run in found[:-1]]
    assert all(end == continued for end in ends)
    return found
