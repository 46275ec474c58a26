"""Whether the workflows that watch rows have come to rest: told by each one's history.

A history ends with a timer once its workflow took in the activities' results and waits. The Temporal server knows that
without asking a worker; a query would be answered by the services whose work the barrier only wants to see finished.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
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
_ENDS = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: "activity_task_completed_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: "activity_task_failed_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT: "activity_task_timed_out_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED: "activity_task_canceled_event_attributes",
}


class Watches:
    """Remembers after which act on its row each workflow was seen at rest, so that it is asked once for each."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal
        self._rested: dict[str, object] = {}

    async def restless(self, settled: Mapping[str, object], unneeded: Collection[str] = ()) -> list[str]:
        """Of these workflows, with when their rows were last acted on: who has not come to rest, in words.

        An `unneeded` one, of which no row is open, may never have been started.
        """
        asked = [id for id, acted_at in settled.items() if self._rested.get(id) != acted_at]
        places = asyncio.Semaphore(AT_ONCE)

        async def ask(id: str) -> str | None:
            async with places:
                history = await self._history(id)
            if _is_at_rest(history) if history else id in unneeded:
                self._rested[id] = settled[id]
                return None
            return f"workflow {id} {_in_words(history) if history else 'was never started'}"

        return [words for words in await asyncio.gather(*map(ask, asked)) if words]

    def forget(self, kept: Iterable[str]) -> None:
        """Forget all but these: the others' rows were acted on too long ago to be asked again."""
        self._rested = {id: self._rested[id] for id in kept if id in self._rested}

    async def _history(self, id: str) -> Sequence[HistoryEvent]:
        """Return a workflow's events; none if it was never started."""
        request = GetWorkflowExecutionHistoryRequest(
            namespace=self._temporal.namespace, execution=WorkflowExecution(workflow_id=id)
        )
        try:
            answer = await self._temporal.workflow_service.get_workflow_execution_history(request)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return ()
            raise
        return answer.history.events


def _is_at_rest(history: Sequence[HistoryEvent]) -> bool:
    return history[-1].event_type in RESTING and not _under_way(history)


def _in_words(history: Sequence[HistoryEvent]) -> str:
    acts = _under_way(history)
    return f"is at {EventType.Name(history[-1].event_type)}" + (f", {len(acts)} activities under way" if acts else "")


def _under_way(history: Sequence[HistoryEvent]) -> set[int]:
    """Return the activities that have not ended, by the events that scheduled them."""
    begun = {event.event_id for event in history if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED}
    ended = (getattr(event, _ENDS[event.event_type]) for event in history if event.event_type in _ENDS)
    return begun - {attributes.scheduled_event_id for attributes in ended}
