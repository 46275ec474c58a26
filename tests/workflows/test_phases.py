"""A program is carried from phase to phase, each a run of its own that takes along what it must not forget."""

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from services.scheduler.domain.standing import PHASES
from tests.workflows.ground import Ground, Watch


async def runs(watch: Watch) -> list[WorkflowHistory]:
    """Every run of a program, the oldest first."""
    newest = await watch.history()
    found = [newest]
    while earlier := found[0].events[0].workflow_execution_started_event_attributes.continued_execution_run_id:
        found.insert(0, await watch.history(earlier))
    return found


async def begun_with(ground: Ground, run: WorkflowHistory) -> dict[str, object]:
    """What a run was started with."""
    sealed = run.events[0].workflow_execution_started_event_attributes.input.payloads
    [opened] = await ground.client.data_converter.decode(sealed, [dict])
    return dict(opened)


async def test_each_phase_is_a_run_that_carries_the_revision_and_the_phase(ground: Ground) -> None:
    watch = await ground.watch("ParticipantProgram", phase=PHASES[0])
    for phase in PHASES[1:]:
        await watch.settled()
        await watch.change(phase=phase)
    await watch.settled()
    await watch.change(open=False)
    await watch.ended()

    begun = [await begun_with(ground, run) for run in await runs(watch)]
    assert [(one["phase"], one["revision"]) for one in begun] == [
        (phase if number > 1 else None, number) for number, phase in enumerate(PHASES, start=1)
    ]
    assert {(one["id"], one["site"]) for one in begun} == {(str(watch.id), "harbourclinic")}
    *earlier, last = await runs(watch)
    continued = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    assert {run.events[-1].event_type for run in earlier} == {continued}
    assert last.events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
    assert all(len(run.events) < 30 for run in earlier)


async def test_a_nudge_on_the_threshold_of_a_phase_is_carried_over_it(ground: Ground) -> None:
    watch = await ground.watch("ParticipantProgram", phase="preparation")
    await watch.settled()
    ground.rows.meanwhile[watch.id] = watch.change
    await watch.change(phase="dosing")
    row = await watch.settled()
    assert (row.revision, row.acted_on[-1]) == (3, 3)
    assert (await begun_with(ground, (await runs(watch))[-1]))["phase"] == "dosing"


async def test_a_program_that_ends_early_passes_the_phases_that_it_never_had(ground: Ground) -> None:
    watch = await ground.watch("ParticipantProgram", phase="cohort_assignment")
    await watch.settled()
    await watch.change(phase="closed", open=False)
    assert (await watch.ended()).acted_on[-1] == 2


async def test_a_phase_that_comes_again_is_carried_through_again(ground: Ground) -> None:
    watch = await ground.watch("ParticipantProgram", phase="dosing")
    await watch.settled()
    await watch.change(phase="preparation")
    assert (await watch.settled()).acted_on[-1] == 2
    await watch.change(phase="dosing")
    await watch.settled()
    await watch.change(open=False, phase="closed")
    await watch.ended()
