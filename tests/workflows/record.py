"""Records the histories that every test run replays: `python -m tests.workflows.record`.

Record them again only when a workflow changed on purpose and no program that began before may still be running: a
history that no longer replays is a program that would stop. Whoever changes a workflow in other cases keeps the old
way for them (`workflow.patched`), and adds a history of the new way instead of replacing the old.
"""

import asyncio
from pathlib import Path

from temporalio.client import WorkflowHistory

from tests.workflows.ground import Ground, Watch, clockwork

HISTORIES = Path(__file__).parent / "histories"


async def a_life(ground: Ground, workflow: str, phase: str | None) -> Watch:
    """Acts, waits for its moment, is nudged before it and while it acts, and is left alone for a while."""
    moment = await ground.ahead(days=2)
    watch = await ground.watch(workflow, wake_at=moment, phase=phase)
    await watch.settled()
    await ground.time.move(moment)
    await watch.acted(2)
    await watch.change(wake_at=await ground.ahead(days=30))
    await watch.settled()
    ground.rows.meanwhile[watch.id] = watch.change
    await watch.change(wake_at=None)
    await watch.settled()
    return watch


async def an_obligation(ground: Ground) -> Watch:
    """Is put off, comes to its moment, is put off again by its rule, and closed by a person."""
    watch = await ground.watch("Obligation", wake_at=await ground.ahead(days=1))
    moment = await ground.ahead(days=2)
    await watch.change(wake_at=moment)
    await watch.rested()
    await ground.time.move(moment)
    await watch.acted(1)
    await watch.change(wake_at=await ground.ahead(days=30))
    await watch.rested()
    await watch.change(open=False)
    await watch.ended()
    return watch


async def record() -> dict[str, WorkflowHistory]:
    """One whole run of each clockwork, by name."""
    async with clockwork() as ground:
        obligation = await an_obligation(ground)
        cohort = await a_life(ground, "CohortProgram", None)
        await cohort.change(open=False)
        await cohort.ended()
        histories = {"obligation_watch": await obligation.history(), "cohort_program": await cohort.history()}
        program = await a_life(ground, "ParticipantProgram", "screening")
        [first] = [await program.history()]
        await program.change(phase="closed")
        await program.settled()
        await program.change(open=False)
        await program.ended()
        histories["participant_program_screening"] = await program.history(first.run_id)
        histories["participant_program_closed"] = await program.history()
        return histories


def main() -> None:
    for name, history in asyncio.run(record()).items():
        (HISTORIES / f"{name}.json").write_text(history.to_json() + "\n")
        print(f"recorded {name}: {len(history.events)} events")


if __name__ == "__main__":
    main()
