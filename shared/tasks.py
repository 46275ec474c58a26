"""The task list that every service serves: what people owe, nearest deadline first."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from shared.auth import READERS, Principal
from shared.http import InWork, Router, allow
from shared.obligation import Obligation, Obligations
from shared.obligation_kinds import kind_of
from shared.paging import InPages, Paged


class Task(BaseModel):
    """One open obligation: `to_do` says what its owner does, `ends` what closes it. Nothing clinical is in it.

    `choices` are the words to decide it with, where a decision closes it.
    """

    id: UUID
    site: str
    program_id: UUID | None
    kind: str
    item: str
    owner: str
    stage: str
    opened_at: datetime
    deadline: datetime
    overdue: bool
    to_do: str
    ends: str
    choices: list[str] = []


DERIVED = {"overdue", "to_do", "ends", "choices"}


class Tasks(Paged):
    items: list[Task]


def task_router(obligations: Obligations) -> Router:
    """`GET /tasks` over a service's obligations."""
    router = Router(tags=["tasks"])
    staff = allow(*READERS)

    @router.get("/tasks")
    async def list_tasks(
        caller: Annotated[Principal, staff],
        work: InWork,
        page: InPages,
        program_id: UUID | None = None,
        kind: Annotated[str | None, Query(pattern="^[a-z_]+$")] = None,
        all: bool = False,
    ) -> Tasks:
        """The caller's role's open tasks at their sites; an auditor, or `all=true`, sees every role's."""
        owner = None if all or caller.role == "auditor" else caller.role
        found = await obligations.all_open(work, owner=owner, program_id=program_id, kind=kind, page=page)
        return Tasks(items=[_task(owed, work.now) for owed in found], next=page.next([owed.id for owed in found]))

    return router


def _task(obligation: Obligation, now: datetime) -> Task:
    kind = kind_of(obligation.kind)
    shown = {name: getattr(obligation, name) for name in Task.model_fields if name not in DERIVED}
    shown |= {"overdue": obligation.deadline < now, "choices": obligation.data.get("choices", [])}
    return Task(**shown, to_do=kind.to_do, ends=kind.ends)
