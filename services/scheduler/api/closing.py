"""Tasks that no other command closes: somebody looked or decided, and says so."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel

from services.scheduler.domain.quorum import BELOW_MINIMUM, BELOW_QUORUM, CHOICES
from services.scheduler.storage import obligations
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.obligation import Obligation
from shared.refusal import Refused
from shared.request_body import RequestBody

router = Router(tags=["tasks"])


class Closing(RequestBody):
    """How a group with too few people goes on: `run` it as it is, `postpone` it, `merge` it with another."""

    choice: Literal["run", "postpone", "merge"] | None = None


LOOKED_AT = Closing()
"""What a task without choices is closed with: nothing more is to be said."""


class Settled(BaseModel):
    """The task that is closed, and how."""

    id: UUID
    closure: str


@router.post("/tasks/{task_id}/close")
async def close_task(
    task_id: UUID,
    caller: Annotated[Principal, allow("coordinator", "clinician")],
    work: InWork,
    closing: Closing = LOOKED_AT,
) -> Settled:
    """Say that somebody looked (at a late fact, at what a mistaken leaving closed), that they called whoever missed a
    session that nobody had told them of, or decide about too few people.

    A decision to run stands for the sessions that follow, until there are fewer people. A clinician says that a person
    who was dosed although something held the dose was seen to. Refused without one of the task's `choices`
    (`choice_missing`), or where another command is the remedy.
    """
    task = await obligations.get(work, task_id)
    if task.closed_at is not None:
        raise Refused("task_closed", f"the task is closed: {task.closure}")
    closure = _closure(task, caller, closing.choice)
    await obligations.close(work, task, closure=closure, closed_by=caller.subject)
    return Settled(id=task.id, closure=closure)


def _closure(task: Obligation, caller: Principal, choice: str | None) -> str:
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
