"""A program with its facts: locked, read, appended.

What a transaction locks it holds: the row and its facts are read once, changed in memory, and written together before
the commit. Whatever reads these tables in SQL calls `write` first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.facts import FactKind, ProgramFact
from services.scheduler.domain.history import History
from services.scheduler.storage import bookings, cohorts, versions
from services.scheduler.storage.tables import program, program_fact
from shared.events.scheduler import Phase, State
from shared.protocol.model import Protocol
from shared.refusal import not_found
from shared.watch import WakePlan
from shared.work import Work

_found = select(program).where(program.c.id == bindparam("id"))
_of_all = select(program).where(program.c.id.in_(bindparam("ids", expanding=True))).order_by(program.c.id)
_facts_of_all = (
    select(program_fact)
    .where(program_fact.c.program_id.in_(bindparam("ids", expanding=True)))
    .order_by(program_fact.c.program_id, program_fact.c.revision)
)


@dataclass(frozen=True)
class Program:
    """One program's row."""

    id: UUID
    site: str
    protocol_id: str
    cohort_id: UUID | None
    state: State
    phase: Phase
    waiting_since: datetime | None
    offers_expired: int
    revision: int
    settled_revision: int
    settled_at: datetime | None
    wake_at: datetime | None
    closed_at: datetime | None


_changing = [name for name in Program.__dataclass_fields__ if name not in ("id", "site", "protocol_id")]
_write = (
    update(program)
    .where(program.c.id == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in _changing})
)


@dataclass
class Held:
    """A program that this transaction has locked, and its facts by their keys; what of it is not written yet."""

    program: Program
    facts: dict[str, ProgramFact] = field(default_factory=dict)
    unwritten: list[dict[str, Any]] = field(default_factory=list)
    is_changed: bool = False


@dataclass(frozen=True)
class View:
    """Everything that the rules need of one program."""

    program: Program
    protocol: Protocol
    calendar: Calendar | None
    facts: tuple[ProgramFact, ...]
    cohort: cohorts.Cohort | None

    @cached_property
    def history(self) -> History:
        """Fold the facts, once."""
        return History.of(self.facts)


def read(row: RowMapping) -> Program:
    return Program(**{name: row[name] for name in Program.__dataclass_fields__})


def workflow_id(program_id: UUID) -> str:
    return f"scheduler-program-{program_id}"


async def create(work: Work, id: UUID, site: str, protocol_id: str) -> None:
    """Begin a program with its referral; nothing when it is known."""
    values = {"id": id, "site": site, "protocol_id": protocol_id, "state": "in_screening", "phase": "screening"}
    await work.connection.execute(
        upsert(program)
        .values(**values, offers_expired=0, revision=0, settled_revision=0)
        .on_conflict_do_nothing(index_elements=["id"])
    )


async def lock(work: Work, id: UUID) -> Program:
    """Return the program, locked, to be changed; refused as not found when it is not at the caller's sites."""
    return (await _hold(work, id)).program


async def lock_all(work: Work, ids: Collection[UUID]) -> None:
    """Lock these programs, in the order of their ids; those that are not there are passed over."""
    held = _held(work)
    wanted = [id for id in ids if id not in held]
    if not wanted:
        return
    rows = await work.lock(_of_all, {"ids": wanted})
    found = {row["id"]: Held(read(row)) for row in rows}
    if found:
        for row in (await work.connection.execute(_facts_of_all, {"ids": list(found)})).mappings():
            found[row["program_id"]].facts[row["key"]] = read_fact(row)
    held.update(found)
    work.write_before_commit(write)


def _held(work: Work) -> dict[UUID, Held]:
    return work.held


async def _hold(work: Work, id: UUID) -> Held:
    await lock_all(work, [id])
    held = _held(work).get(id)
    if held is None:
        raise not_found("program", id)
    return held


async def write(work: Work) -> None:
    """Write the facts and changes that this transaction holds."""
    changed = [_held(work)[id] for id in sorted(_held(work)) if _held(work)[id].is_changed]
    facts = [fact for held in changed for fact in held.unwritten]
    if facts:
        await work.connection.execute(insert(program_fact), facts)
    if changed:
        await work.connection.execute(_write, [_written(held.program) for held in changed])
    for held in changed:
        held.unwritten.clear()
        held.is_changed = False


def _written(row: Program) -> dict[str, Any]:
    return {"of": row.id} | {f"new_{name}": getattr(row, name) for name in _changing}


async def get(work: Work, id: UUID) -> Program:
    """Return the program, not locked: whoever only looks must not make a waiting person miss an offer."""
    if id in _held(work):
        return _held(work)[id].program
    row = (await work.connection.execute(_found, {"id": id})).mappings().first()
    if row is None:
        raise not_found("program", id)
    return read(row)


async def facts(work: Work, program_id: UUID) -> tuple[ProgramFact, ...]:
    """Return a program's facts in their order, with those that are not written yet."""
    if program_id in _held(work):
        return tuple(_held(work)[program_id].facts.values())
    rows = await work.connection.execute(_facts_of_all, {"ids": [program_id]})
    return tuple(map(read_fact, rows.mappings()))


def read_fact(row: RowMapping) -> ProgramFact:
    return ProgramFact(row["revision"], FactKind(row["kind"]), row["item"], row["at"], row["data"])


async def times_taken_back(work: Work, program_id: UUID, item: str) -> int:
    """Return how often an absence from the item was taken back, or the seat that it came with."""
    return sum(
        fact.kind == FactKind.SEAT_TAKEN_BACK or (fact.kind == FactKind.ABSENCE_TAKEN_BACK and fact.item == item)
        for fact in await facts(work, program_id)
    )


async def view(work: Work, row: Program) -> View:
    """Return the program with its protocol, calendar and facts."""
    known = await facts(work, row.id)
    if row.cohort_id is None:
        return View(row, await versions.before_a_seat(work, row.site, row.protocol_id), None, known, None)
    cohort = await cohorts.get(work, row.cohort_id)
    protocol = cohorts.protocol_of(work, cohort)
    return View(row, protocol, await bookings.calendar(work, cohort), known, cohort)


async def record(
    work: Work,
    row: Program,
    kind: FactKind,
    item: str,
    *,
    key: str,
    at: datetime | None = None,
    data: Mapping[str, Any] | None = None,
    nudge: bool = True,
) -> Program:
    """Append a fact under the program's lock, once per key; return the program at its newest revision."""
    held = await _hold(work, row.id)
    if key in held.facts:
        return held.program
    fact = ProgramFact(held.program.revision + 1, kind, item, at or work.now, dict(data or {}))
    held.facts[key] = fact
    held.unwritten.append(
        {
            "program_id": row.id,
            "revision": fact.revision,
            "site": row.site,
            "kind": kind,
            "item": item,
            "key": key,
            "at": fact.at,
            "recorded_at": work.now,
            "data": fact.data,
        }
    )
    changed = await change(work, row, revision=fact.revision)
    if nudge:
        await work.nudge("ParticipantProgram", workflow_id(row.id), site=row.site, plan=WakePlan(fact.revision))
    return changed


async def change(work: Work, row: Program, **values: Any) -> Program:
    """Change columns of a program under its lock; return it as it stands then."""
    held = await _hold(work, row.id)
    held.program, held.is_changed = replace(held.program, **values), True
    return held.program


async def settle(work: Work, row: Program) -> None:
    """Note that all consequences of this revision are drawn, unless there is a newer one by now."""
    await write(work)
    values: dict[str, Any] = {"settled_revision": row.revision, "settled_at": work.now}
    same = (program.c.id == row.id) & (program.c.revision == row.revision)
    settled = await work.connection.execute(update(program).where(same).values(**values))
    if settled.rowcount:
        if held := _held(work).get(row.id):
            held.program = replace(held.program, **values)
        await work.settle(workflow_id(row.id))
