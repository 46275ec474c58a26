"""Whether the workflows that watch rows have come to rest: told by the last event of each one's history.

A history ends with a timer once its workflow took in the activity's result and waits. The Temporal server knows that
without asking a worker; a query would be answered by the services whose work the barrier only wants to see finished.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

AT_ONCE = 10
RESTING = {
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_TIMER_CANCELED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
}


class Watches:
    """Remembers after which act on its row each workflow was seen at rest, so that it is asked once for each."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal
        self._rested: dict[str, datetime] = {}

    async def restless(self, settled: dict[str, datetime]) -> list[str]:
        """Of these workflows, with when their rows were last acted on: who has not come to rest, in words."""
        asked = [id for id, acted_at in settled.items() if self._rested.get(id) != acted_at]
        places = asyncio.Semaphore(AT_ONCE)

        async def ask(id: str) -> str | None:
            async with places:
                last = await self._last_event(id)
            if last in RESTING:
                self._rested[id] = settled[id]
                return None
            return f"workflow {id} is at {EventType.Name(last) if last else 'nothing: it was never started'}"

        return [words for words in await asyncio.gather(*map(ask, asked)) if words]

    def forget(self, kept: Iterable[str]) -> None:
        """Forget all but these: the others' rows were acted on too long ago to be asked again."""
        self._rested = {id: self._rested[id] for id in kept if id in self._rested}

    async def _last_event(self, id: str) -> "EventType.ValueType | None":
        request = GetWorkflowExecutionHistoryRequest(
            namespace=self._temporal.namespace, execution=WorkflowExecution(workflow_id=id)
        )
        try:
            answer = await self._temporal.workflow_service.get_workflow_execution_history(request)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise
        return answer.history.events[-1].event_type
