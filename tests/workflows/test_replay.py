"""Programs that began under an earlier build go on under this one: their stored histories replay."""

from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from services.scheduler.domain.standing import PHASES
from shared.temporal import data_converter
from shared.watch import Watched
from tests.workflows.changed import HastyWatch
from tests.workflows.ground import KEY, WORKFLOWS
from tests.workflows.record import HISTORIES, STORIES

STORED = sorted(HISTORIES.glob("*.json"))


def replayer(*workflows: type) -> Replayer:
    return Replayer(
        workflows=workflows, data_converter=data_converter(KEY), workflow_runner=UnsandboxedWorkflowRunner()
    )


def stored(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, file.read_text())


def test_every_story_is_stored() -> None:
    assert {file.stem for file in STORED} == set(STORIES)


def test_a_history_of_each_workflow_is_stored() -> None:
    begun = {stored(file).events[0].workflow_execution_started_event_attributes.workflow_type.name for file in STORED}
    assert begun == {"ParticipantProgram", "CohortProgram", "Obligations"}


@pytest.mark.parametrize("phase", PHASES[1:])
async def test_the_history_of_a_phase_is_the_whole_run_of_that_phase(phase: str) -> None:
    first, *_, last = stored(HISTORIES / f"participant_program_{phase}.json").events
    sealed = first.workflow_execution_started_event_attributes.input.payloads
    [begun] = await data_converter(KEY).decode(sealed, [Watched])
    assert begun.phase == phase
    ends = "COMPLETED" if phase == PHASES[-1] else "CONTINUED_AS_NEW"
    assert EventType.Name(last.event_type) == f"EVENT_TYPE_WORKFLOW_EXECUTION_{ends}"


async def test_an_amendment_comes_in_the_midst_of_an_activity() -> None:
    events = stored(HISTORIES / "participant_program_amendment.json").events
    signals = [event.event_id for event in events if event.HasField("workflow_execution_signaled_event_attributes")]
    spans = [
        (event.activity_task_completed_event_attributes.scheduled_event_id, event.event_id)
        for event in events
        if event.HasField("activity_task_completed_event_attributes")
    ]
    assert any(begun < signal < done for signal in signals for begun, done in spans)


@pytest.mark.parametrize("file", STORED, ids=lambda file: file.stem)
async def test_a_stored_history_replays(file: Path) -> None:
    await replayer(*WORKFLOWS).replay_workflow(stored(file))


async def test_a_careless_change_of_a_workflow_is_seen() -> None:
    with pytest.raises(NondeterminismError):
        await replayer(HastyWatch).replay_workflow(stored(HISTORIES / "obligations.json"))
