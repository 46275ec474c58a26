"""Records the histories that every test run replays: `python -m tests.workflows.record` records those not stored yet.

A history that no longer replays is a program that would stop: whoever changes a workflow keeps the old way for those
that began before (`workflow.patched`) and adds a story of the new way. `python -m tests.workflows.record NAME…` records
these stories again: only when a workflow changed on purpose, and no run that began before may still be open.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from temporalio.client import WorkflowHistory

from services.scheduler.domain.standing import PHASES
from tests.workflows.ground import Ground, SiteWatch, Watch, workflow_worker

HISTORIES = Path(__file__).parent / "histories"
PROGRAM = "ParticipantProgram"


async def a_life(ground: Ground, workflow: str, phase: str | None) -> Watch:
    """Acts, waits for its moment, is nudged before it and while it acts, and is left alone for a while."""
    moment = await ground.ahead(days=2)
    watch = await ground.watch(workflow, wake_at=moment, phase=phase)
    acted = len((await watch.settled()).acted_on)
    await ground.time.move(moment)
    await watch.acted(acted + 1)
    await watch.settled()
    await watch.change(wake_at=await ground.ahead(days=30))
    await watch.settled()
    ground.rows.meanwhile[watch.id] = watch.change
    await watch.change(wake_at=None)
    await watch.settled()
    return watch


async def a_cohort(ground: Ground) -> WorkflowHistory:
    cohort = await a_life(ground, "CohortProgram", None)
    await cohort.change(open=False)
    await cohort.ended()
    return await cohort.history()


async def a_phase(ground: Ground, phase: str) -> WorkflowHistory:
    """A phase from the run's first event to its last, which begins the next phase or ends the program."""
    program = await a_life(ground, PROGRAM, phase)
    run_id = (await program.history()).run_id
    if phase == PHASES[-1]:
        await program.change(open=False)
        await program.ended()
    else:
        await program.change(phase=PHASES[PHASES.index(phase) + 1])
        await program.settled()
    return await program.history(run_id)


async def a_hold(ground: Ground) -> WorkflowHistory:
    """A circle was missed and the next dose is held: nudged while it waits for the dose's day, and it waits on."""
    program = await ground.watch(PROGRAM, wake_at=await ground.ahead(days=7), phase="dosing")
    await program.settled()
    await program.change()
    await program.settled()
    await program.nudge()
    await program.rested()
    return await program.history()


async def a_make_up(ground: Ground) -> WorkflowHistory:
    """The make-up of a missed circle is booked before the dose's day: its moment is nearer, comes, and it waits on."""
    dose = await ground.ahead(days=7)
    program = await ground.watch(PROGRAM, wake_at=dose, phase="dosing")
    await program.settled()
    await program.change()
    await program.settled()
    make_up = await ground.ahead(days=1)
    await program.change(wake_at=make_up)
    acted = len((await program.settled()).acted_on)
    await ground.time.move(make_up)
    await program.acted(acted + 1)
    await program.settled()
    await program.change(wake_at=dose)
    await program.settled()
    await ground.time.move(dose)
    await program.acted(acted + 3)
    await program.rested()
    return await program.history()


async def an_amendment(ground: Ground) -> WorkflowHistory:
    """Its fact is nudged in the midst of an activity that was begun before it, and moves what lies ahead."""
    program = await ground.watch(PROGRAM, wake_at=await ground.ahead(days=7), phase="dosing")
    await program.settled()
    later = await ground.ahead(days=21)

    async def amend() -> None:
        await program.change(wake_at=later)

    ground.rows.meanwhile[program.id] = amend
    await program.change()
    await program.settled()
    return await program.history()


async def an_amendment_while_the_database_is_away(ground: Ground) -> WorkflowHistory:
    """It is nudged of one fact, the activity fails, and the amendment's nudge comes before it is tried again."""
    program = await ground.watch(PROGRAM, wake_at=await ground.ahead(days=7), phase="integration")
    await program.settled()
    ground.rows.failures[program.id] = 1
    await program.change()
    await program.change(wake_at=await ground.ahead(days=3))
    await program.settled()
    return await program.history()


async def obligations(ground: Ground) -> WorkflowHistory:
    """One comes to its moment and is put off by its rule; one is closed before, and the look at its moment is vain."""
    site = SiteWatch(ground)
    first, second = await ground.ahead(days=1), await ground.ahead(days=2)
    closed, kept = await site.open(first), await site.open(second)
    await site.rested()
    await site.change(closed, open=False)
    await ground.time.move(first)
    await site.looked(2)
    await site.rested()
    later = await ground.ahead(days=30)

    async def put_off() -> None:
        await site.change(kept, wake_at=later)

    ground.rows.meanwhile[kept] = put_off
    await ground.time.move(second)
    await site.acted(kept)
    await site.rested()
    await site.change(kept, open=False)
    await ground.time.move(later)
    await site.is_idle()
    return await site.history()


async def obligations_side_by_side(ground: Ground) -> WorkflowHistory:
    """Three are due at once, one of which fails, while a nearer moment is told in the midst of the look."""
    site = SiteWatch(ground)
    moment = await ground.ahead(days=1)
    ids = [await site.open(moment) for _ in range(3)]
    await site.rested()
    ground.rows.failures[ids[0]] = 2
    nearer = moment + timedelta(hours=1)

    async def opened() -> None:
        ids.append(await site.open(nearer))

    ground.rows.after_look[site.site] = opened
    await ground.time.move(moment)
    for id in ids[:3]:
        await site.acted(id)
    await site.rested()
    await ground.time.move(nearer)
    await site.acted(ids[3])
    await site.is_idle()
    return await site.history()


STORIES: dict[str, Callable[[Ground], Awaitable[WorkflowHistory]]] = {
    **{f"participant_program_{phase}": partial(a_phase, phase=phase) for phase in PHASES},
    "participant_program_hold": a_hold,
    "participant_program_make_up": a_make_up,
    "participant_program_amendment": an_amendment,
    "participant_program_amendment_while_the_database_is_away": an_amendment_while_the_database_is_away,
    "cohort_program": a_cohort,
    "obligations": obligations,
    "obligations_side_by_side": obligations_side_by_side,
}


def stored(name: str) -> Path:
    return HISTORIES / f"{name}.json"


async def record(names: list[str]) -> None:
    async with workflow_worker() as ground:
        for name in names:
            history = await STORIES[name](ground)
            stored(name).write_text(history.to_json() + "\n")
            print(f"recorded {name}: {len(history.events)} events")


def main() -> None:
    asyncio.run(record(sys.argv[1:] or [name for name in STORIES if not stored(name).exists()]))


if __name__ == "__main__":
    main()
