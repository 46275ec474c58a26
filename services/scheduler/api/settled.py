"""Tasks that no other command closes: somebody looked, and says so."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.scheduler.storage import obligations
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.refusal import Refused

router = Router(tags=["tasks"])
CLOSURES = {"orphan_fact": "looked_at", "cohort_below_minimum": "goes_ahead", "dose_while_held": "person_seen"}
"""How such a task ends: a fact that came too late was looked at; a small cohort starts as it is; whoever was dosed
although something held the dose was seen by a clinician."""


class Settled(BaseModel):
    """The task that is closed, and how."""

    id: UUID
    closure: str


@router.post("/tasks/{task_id}/close")
async def close_task(
    task_id: UUID, caller: Annotated[Principal, allow("coordinator", "clinician")], work: InWork
) -> Settled:
    """Say that a late fact was looked at, that a cohort below its minimum starts all the same, or, as a clinician, that
    a person who was dosed although something held the dose was seen to."""
    task = await obligations.get(work, task_id)
    if task.closed_at is not None:
        raise Refused("task_closed", f"the task is closed: {task.closure}")
    if task.kind not in CLOSURES:
        raise Refused("closed_by_its_remedy", f"{task.kind} of {task.item} ends with its remedy or its decision")
    if task.kind == "dose_while_held" and caller.role != "clinician":
        raise Refused("role", "a clinician sees to the person", status=403)
    await obligations.close(work, task, closure=CLOSURES[task.kind], closed_by=caller.subject)
    return Settled(id=task.id, closure=CLOSURES[task.kind])
