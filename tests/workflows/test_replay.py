"""Programs that began under an earlier build go on under this one: their stored histories replay."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from shared.temporal import data_converter
from tests.workflows.changed import HastyWatch
from tests.workflows.ground import KEY, WORKFLOWS
from tests.workflows.record import HISTORIES

STORED = sorted(HISTORIES.glob("*.json"))


def replayer(*workflows: type) -> Replayer:
    return Replayer(
        workflows=workflows, data_converter=data_converter(KEY), workflow_runner=UnsandboxedWorkflowRunner()
    )


def stored(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, file.read_text())


def test_a_history_of_each_workflow_is_stored() -> None:
    begun = {stored(file).events[0].workflow_execution_started_event_attributes.workflow_type.name for file in STORED}
    assert begun == {"ParticipantProgram", "CohortProgram", "Obligation"}


@pytest.mark.parametrize("file", STORED, ids=lambda file: file.stem)
async def test_a_stored_history_replays(file: Path) -> None:
    await replayer(*WORKFLOWS).replay_workflow(stored(file))


async def test_a_careless_change_of_a_workflow_is_seen() -> None:
    with pytest.raises(NondeterminismError):
        await replayer(HastyWatch).replay_workflow(stored(HISTORIES / "obligation_watch.json"))
