"""A task that no other command closes: somebody looked or decided, and says so."""

from uuid import UUID

from services.scheduler.domain.quorum import BELOW_MINIMUM, BELOW_QUORUM, CHOICES, Choice
from services.scheduler.storage import obligations
from shared.auth import Principal
from shared.obligation import Obligation
from shared.refusal import Refused
from shared.work import Work


async def close_task(work: Work, task_id: UUID, caller: Principal, choice: Choice | None) -> str:
    """Close the task and return how it is closed.

    Refused: `task_closed`, `closed_by_its_remedy`, `choice_missing`, and `role` where a clinician sees to somebody.
    """
    task = await obligations.get(work, task_id)
    if task.closed_at is not None:
        raise Refused("task_closed", f"the task is closed: {task.closure}")
    closure = _closure(task, caller, choice)
    await obligations.close(work, task, closure=closure, closed_by=caller.subject)
    return closure


def _closure(task: Obligation, caller: Principal, choice: Choice | None) -> str:
    if task.kind in ("orphan_fact", "leaving_taken_back", "seat_given_on"):
        return "looked_at"
    if task.kind == "unheard_absence":
        return "called"
    if task.kind == "dose_while_held":
        if caller.role != "clinician":
            raise Refused("role", "a clinician sees to the person", status=403)
        return "person_seen"
    if task.kind not in (BELOW_MINIMUM, BELOW_QUORUM):
        raise Refused("closed_by_its_remedy", f"{task.kind} of {task.item} ends with its remedy or its decision")
    if choice is None:
        detail = f"say what is decided: {', '.join(CHOICES)}"
        raise Refused("choice_missing", detail, status=422, field="choice")
    return choice
