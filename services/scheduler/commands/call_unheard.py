"""Offers and sessions that no message could carry: people who were not told are called, and lose nothing by it."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.history import History
from services.scheduler.storage import obligations, programs
from services.scheduler.storage.programs import Program
from shared.protocol.vocabulary import Role
from shared.work import Work

UNHEARD: Final = "unheard_offer"
MISSED_UNHEARD: Final = "unheard_absence"
CALL_WITHIN = timedelta(days=1)
"""How soon somebody calls a person who did not hear of a seat, or of a session that they missed (convention)."""
BY_RULE = "rule:unheard_absence"


async def owe_a_call(work: Work, program: Program) -> None:
    """Ask a coordinator to call: until somebody reached them, a seat offered to this person would stand unheard."""
    await obligations.open(
        work,
        site=program.site,
        kind=UNHEARD,
        item=f"seat:{program.revision}",
        owner=Role.COORDINATOR,
        deadline=work.now + CALL_WITHIN,
        program_id=program.id,
    )


async def owe_calls_about_absences(work: Work, program: Program, history: History) -> None:
    """Ask a coordinator to call whoever missed a session that nobody had told them of, until it is no absence any more.

    Drawn again, it asks for nothing new: each call is owed once.
    """
    for task in await obligations.all_open(work, program_id=program.id, kind=MISSED_UNHEARD, lock=True):
        if task.item not in history.unheard.values():
            await obligations.close(work, task, closure="taken_back", closed_by=BY_RULE)
    if history.left:
        return
    for item in history.unheard.values():
        await obligations.open(
            work,
            site=program.site,
            kind=MISSED_UNHEARD,
            item=item,
            owner=Role.COORDINATOR,
            deadline=work.now + CALL_WITHIN,
            program_id=program.id,
        )


async def to_be_called(work: Work) -> set[UUID | None]:
    """Return whose offer nobody heard and who was not reached since: they wait, and are not offered a seat."""
    return {task.program_id for task in await obligations.all_open(work, kind=UNHEARD)}


async def heard(work: Work, program: Program, *, key: str, caused_at: datetime, by: str, data: Any = None) -> Program:
    """Record that a person knows of the offer, by a message or a call; nobody need call them any more."""
    facts = {"caused_at": caused_at.isoformat(), "by": by} | (data or {})
    program = await programs.record(work, program, FactKind.OFFER_HEARD, "seat", key=f"heard:{key}", data=facts)
    await close_calls(work, program, closure="heard", closed_by=by)
    return program


async def close_calls(work: Work, program: Program, *, closure: str, closed_by: str) -> None:
    """Close what is owed of offers that this person did not hear."""
    for task in await obligations.all_open(work, program_id=program.id, kind=UNHEARD, lock=True):
        await obligations.close(work, task, closure=closure, closed_by=closed_by)
