"""What the Temporal server keeps: ids in plain text, and nothing else that could be read."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest

from shared.temporal import ENCODING
from tests.workflows.ground import SECONDS, SITE, Ground, SiteWatch, Watch


async def kept(watch: Watch | SiteWatch) -> Message:
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
    for workflow in ("ParticipantProgram", "CohortProgram"):
        watch = await ground.watch(workflow, phase="screening")
        await watch.rested()
        await watch.change(wake_at=await ground.ahead(days=2))
        await watch.rested()
        assert {SITE, str(watch.id)} & await readable(watch) == set()


async def test_every_payload_of_the_watch_of_obligations_is_encrypted_and_its_id_names_the_site_alone(
    ground: Ground,
) -> None:
    site, now = SiteWatch(ground), await ground.time.now()
    ids = [await site.open(now), await site.open(now + timedelta(days=2))]
    await site.tell(None, ids[0])
    await site.acted(ids[0])
    await site.rested()
    assert {site.site, *map(str, ids)} & await readable(site) == set()


async def readable(watch: Watch | SiteWatch) -> set[str]:
    """Return what of a site, ids and field names can be read on the server, but for the workflow's id itself."""
    history = await kept(watch)
    payloads = list(within(history, Payload))
    assert len(payloads) >= 3
    assert {payload.metadata["encoding"] for payload in payloads} == {ENCODING}
    raw = history.SerializeToString().replace(watch.workflow_id.encode(), b"")
    assert b"revision" not in raw
    assert b"wake_at" not in raw
    words = {SITE, *map(str, watch.ground.rows.rows), *(row.site for row in watch.ground.rows.rows.values())}
    return {word for word in words if word.encode() in raw}


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
