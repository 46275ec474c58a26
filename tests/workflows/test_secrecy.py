"""What the Temporal server keeps: ids in plain text, and nothing else that could be read."""

import asyncio
from collections.abc import Iterator

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest

from shared.temporal import ENCODING
from tests.workflows.ground import SECONDS, SITE, Ground, Watch


async def kept(watch: Watch) -> Message:
    """A history as the server has it."""
    client = watch.ground.client
    request = GetWorkflowExecutionHistoryRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=watch.workflow_id)
    )
    return (await client.workflow_service.get_workflow_execution_history(request)).history


def within(message: Message, kind: type[Message]) -> Iterator[Message]:
    """Every message of a kind, however deep."""
    if isinstance(message, kind):
        yield message
    for field, value in message.ListFields():
        if field.type != field.TYPE_MESSAGE:
            continue
        is_map = field.message_type.GetOptions().map_entry
        values = (
            value.values() if is_map else value if isinstance(value, (list, tuple)) or field.is_repeated else [value]
        )
        for one in values:
            if isinstance(one, Message):
                yield from within(one, kind)


async def test_every_payload_on_the_server_is_encrypted(ground: Ground) -> None:
    for workflow in ("ParticipantProgram", "CohortProgram", "Obligation"):
        watch = await ground.watch(workflow, phase="screening")
        await watch.rested()
        await watch.change(wake_at=await ground.ahead(days=2))
        await watch.rested()
        history = await kept(watch)
        payloads = list(within(history, Payload))
        assert len(payloads) >= 3
        assert {payload.metadata["encoding"] for payload in payloads} == {ENCODING}
        raw = history.SerializeToString()
        assert SITE.encode() not in raw
        assert b"revision" not in raw
        assert b"wake_at" not in raw
        assert str(watch.id).encode() not in raw.replace(watch.workflow_id.encode(), b"")


async def test_the_words_of_a_failure_are_encrypted_too(ground: Ground) -> None:
    watch = await ground.watch("CohortProgram")
    await watch.settled()
    ground.rows.failures[watch.id] = 2
    await watch.change()
    async with asyncio.timeout(SECONDS):
        while not (pending := await failing(watch)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert pending.last_failure.message == "Encoded failure"
    assert SITE not in str(pending)
    assert (await watch.settled()).acted_on == (1, 2)


async def failing(watch: Watch) -> PendingActivityInfo | None:
    """The activity that failed and is tried again, as the server describes it."""
    described = (await watch.handle.describe()).raw_description.pending_activities
    return next((activity for activity in described if activity.HasField("last_failure")), None)
