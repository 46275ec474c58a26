"""Which programs there are: listed, counted, of a cohort, waiting. What a transaction holds is written first."""

from itertools import groupby
from uuid import UUID

from sqlalchemy import func, select

from services.scheduler.domain.history import History
from services.scheduler.storage import cohorts, programs
from services.scheduler.storage.programs import Program
from services.scheduler.storage.tables import program, program_fact, seat
from shared.events.scheduler import State
from shared.paging import Page
from shared.work import Work


async def listed(work: Work, page: Page, *, site: str | None = None, state: State | None = None) -> list[Program]:
    """Return a page of the programs that this transaction sees, of one site or state if it is given."""
    await programs.write(work)
    query = select(program)
    if site:
        query = query.where(program.c.site == site)
    if state:
        query = query.where(program.c.state == state)
    rows = await work.connection.execute(page.within(query, program.c.id, program.c.id))
    return [programs.read(row) for row in rows.mappings()]


async def members(work: Work, cohort_id: UUID) -> list[Program]:
    """Return everybody who has a seat in a cohort, those who left among them, in the order of their ids."""
    await programs.write(work)
    rows = await work.connection.execute(select(program).where(program.c.cohort_id == cohort_id).order_by(program.c.id))
    return [programs.read(row) for row in rows.mappings()]


async def on_the_path(work: Work, cohort_id: UUID) -> dict[UUID, History]:
    """Return the members of a cohort who have neither left nor finished, by program, each with their history."""
    await programs.write(work)
    rows = await work.connection.execute(
        select(program_fact)
        .join(program, program.c.id == program_fact.c.program_id)
        .where(program.c.cohort_id == cohort_id)
        .order_by(program_fact.c.program_id, program_fact.c.revision)
    )
    by_program = groupby((row for row in rows.mappings()), key=lambda row: row["program_id"])
    histories = {id: History.of(map(programs.read_fact, facts)) for id, facts in by_program}
    return {id: history for id, history in histories.items() if not (history.left or history.finished)}


async def waiting(work: Work, site: str, protocol_id: str) -> list[Program]:
    """Lock and return who waits and holds no seat; whoever is being changed at this moment comes next time."""
    await programs.write(work)
    query = (
        select(program)
        .where(program.c.site == site, program.c.protocol_id == protocol_id, program.c.state == "waiting")
        .where(program.c.revision == program.c.settled_revision)
        .where(~select(seat.c.number).where(seat.c.program_id == program.c.id).exists())
    )
    return [programs.read(row) for row in await work.lock(query, skip_locked=True)]


async def are_settled(work: Work, cohort_id: UUID) -> bool:
    """Return whether every consequence is drawn for the members of a cohort."""
    await programs.write(work)
    return await cohorts.nothing_is_due(work, program, program.c.cohort_id == cohort_id)


async def count_by_state(work: Work, site: str | None) -> dict[str, int]:
    """Count the programs of the sites that this transaction sees, or of one of them, by state."""
    await programs.write(work)
    query = select(program.c.state, func.count()).group_by(program.c.state)
    if site:
        query = query.where(program.c.site == site)
    rows = await work.connection.execute(query)
    return {str(state): int(number) for state, number in rows}
