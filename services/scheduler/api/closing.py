"""Tasks that no other command closes: somebody looked or decided, and says so."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.scheduler.commands import close_task as closing_task
from services.scheduler.domain.quorum import Choice
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.request_body import RequestBody

router = Router(tags=["tasks"])


class Closing(RequestBody):
    """How a group with too few people goes on: `run` it as it is, `postpone` it, `merge` it with another."""

    choice: Choice | None = None


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
    """Say that somebody looked (at a late fact, at what a mistaken leaving closed), that they called somebody who
    missed a session that nobody had told them of, or decide about too few people.

    A decision to run counts for the sessions that follow, until there are fewer people. A clinician says that a person
    who was dosed while the dose was on hold was seen to. Refused without one of the task's `choices`
    (`choice_missing`), or where another command is the remedy.
    """
    return Settled(id=task_id, closure=await closing_task.close_task(work, task_id, caller, closing.choice))
