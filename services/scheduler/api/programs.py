"""Where a program stands, what is next and why; and the ledger that loses nobody."""

from datetime import datetime
from typing import Annotated, get_args
from uuid import UUID

from pydantic import BaseModel

from services.scheduler.api.fields import Word
from services.scheduler.domain.agenda import Item, agenda
from services.scheduler.storage import program_lists, programs
from services.scheduler.storage.programs import View
from shared.auth import READERS, Principal
from shared.events.scheduler import State
from shared.http import InWork, Router, allow, own_program, own_site
from shared.paging import InPages, Paged
from shared.work import Work

router = Router(tags=["programs"])
Anyone = Annotated[Principal, allow("participant", *READERS)]
Staff = Annotated[Principal, allow(*READERS)]


class GateView(BaseModel):
    name: str
    open: bool
    why: str


class ItemView(BaseModel):
    """One thing ahead; `at` and `until` on the site's wall clock."""

    item: str
    kind: str
    at: datetime
    until: datetime
    held: bool
    gates: list[GateView]
    why: str


class FactView(BaseModel):
    revision: int
    kind: str
    item: str
    at: datetime


class ProgramSummary(BaseModel):
    program_id: UUID
    site: str
    protocol_id: str
    cohort_id: UUID | None
    state: str
    phase: str


class ProgramView(ProgramSummary):
    """A program with what is next and why, and its facts so far.

    `unheard` are the missed sessions that the person had not been told of: they count in no review.
    """

    next: list[ItemView]
    unheard: list[str]
    facts: list[FactView]


class Programs(Paged):
    items: list[ProgramSummary]


class Ledger(BaseModel):
    """Every program in exactly one state; they sum to what was referred."""

    referred: int
    states: dict[str, int]
    balanced: bool


@router.get("/programs")
async def list_programs(
    caller: Staff, work: InWork, page: InPages, site: Word | None = None, state: State | None = None
) -> Programs:
    """The programs at the caller's sites, in the order they were referred."""
    found = await program_lists.listed(work, page, site=site, state=state)
    items = [ProgramSummary(**_summary(program)) for program in found]
    return Programs(items=items, next=page.next([program.id for program in found]))


@router.get("/programs/{program_id}")
async def show_program(program_id: UUID, caller: Anyone, work: InWork) -> ProgramView:
    """Where a program stands, everything ahead of it with its gates, and its facts."""
    own_program(caller, program_id)
    view = await programs.view(work, await programs.get(work, program_id))
    return await _view(work, view)


@router.get("/ledger")
async def show_ledger(
    caller: Annotated[Principal, allow("coordinator", "auditor")], work: InWork, site: Word | None = None
) -> Ledger:
    """How many programs are in each state."""
    if site:
        own_site(caller, site)
    counted = await program_lists.count_by_state(work, site)
    states = {state: counted.get(state, 0) for state in get_args(State)}
    referred = sum(counted.values())
    return Ledger(referred=referred, states=states, balanced=sum(states.values()) == referred)


def _summary(program: programs.Program) -> dict[str, object]:
    return {name: getattr(program, name) for name in ProgramSummary.model_fields if name != "program_id"} | {
        "program_id": program.id
    }


async def _view(work: Work, view: View) -> ProgramView:
    ahead = agenda(view.protocol, view.calendar, view.history)
    facts = [FactView.model_validate(fact, from_attributes=True) for fact in view.facts]
    return ProgramView.model_validate(
        _summary(view.program)
        | {"next": [_item(view, item) for item in ahead], "unheard": list(view.history.unheard), "facts": facts}
    )


def _item(view: View, item: Item) -> ItemView:
    assert view.calendar is not None
    return ItemView(
        item=item.key,
        kind=item.kind,
        at=item.at.astimezone(view.calendar.zone),
        until=item.until.astimezone(view.calendar.zone),
        held=item.is_held,
        gates=[GateView(name=gate.name, open=gate.is_open, why=gate.why) for gate in item.gates],
        why=item.why,
    )
