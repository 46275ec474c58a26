"""Something happened to a program, and becomes a fact of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import obligations, programs
from shared.protocol.vocabulary import Role
from shared.work import Work

LOOK_WITHIN = timedelta(days=1)
"""How soon somebody looks at a fact that came after its program was over (convention)."""


async def record_fact(
    work: Work,
    program_id: UUID,
    kind: FactKind,
    item: str,
    *,
    key: str,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Keep the fact, once per key; when the program is over already, a coordinator must look at it."""
    # An event that came before this one in its batch may have ended the program.
    await work.draw_consequences(of=programs.workflow_id(program_id))
    program = await programs.lock(work, program_id)
    await programs.record(work, program, kind, item, key=key, at=at, data=data)
    if program.closed_at is not None:
        await obligations.open(
            work,
            site=program.site,
            kind="orphan_fact",
            item=key,
            owner=Role.COORDINATOR,
            deadline=work.now + LOOK_WITHIN,
            program_id=program_id,
        )
