"""Circles and who was in them."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from services.integration.domain.circles import Circle, Place
from services.integration.storage import rows
from services.integration.storage.rows import read
from services.integration.storage.tables import attendance, attendance_correction, circle
from shared.paging import Page
from shared.program_states import LEFT
from shared.projection.participants import table as participant
from shared.work import Work


async def lock(work: Work, session_id: UUID) -> Circle | None:
    return await rows.lock(work, circle, Circle, session_id=session_id)


async def get(connection: AsyncConnection, session_id: UUID) -> Circle | None:
    row = (await connection.execute(select(circle).where(circle.c.session_id == session_id))).mappings().first()
    return read(Circle, row) if row else None


async def of_cohort(connection: AsyncConnection, cohort_id: UUID | None, page: Page) -> list[Circle]:
    """Return a page of a cohort's circles, or of all that the caller may see, by time."""
    held = select(circle).where(circle.c.state != "cancelled")
    query = page.within(held, circle.c.starts_at, circle.c.session_id)
    if cohort_id:
        query = query.where(circle.c.cohort_id == cohort_id)
    return [read(Circle, row) for row in (await connection.execute(query)).mappings()]


async def save(connection: AsyncConnection, kept: Circle) -> None:
    """Write a circle as it stands; its closing is written by `close` alone."""
    values = asdict(kept)
    await connection.execute(
        insert(circle).values(**values).on_conflict_do_update(index_elements=["session_id"], set_=values)
    )


async def cancel(connection: AsyncConnection, make_up: Circle) -> None:
    """Take a make-up out of the calendar, known or not; one that is closed stays."""
    statement = insert(circle).values(**asdict(make_up))
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["session_id"], set_={"state": "cancelled"}, where=circle.c.state != "closed"
        )
    )


async def expect(connection: AsyncConnection, due: Circle, roster: Iterable[UUID]) -> None:
    """Put people on the roster of a circle, as expected or as left; whoever stands there already stays as they are."""
    gone = select(participant.c.program_id).where(
        participant.c.program_id.in_(list(roster)), participant.c.state.in_(LEFT)
    )
    left = set((await connection.execute(gone)).scalars())
    places = [
        {
            "session_id": due.session_id,
            "program_id": program_id,
            "site": due.site,
            "status": "left" if program_id in left else "expected",
            "excused": False,
            "no_show": False,
        }
        for program_id in roster
    ]
    if places:
        await connection.execute(insert(attendance).on_conflict_do_nothing(), places)


async def roster(connection: AsyncConnection, session_id: UUID) -> list[Place]:
    query = select(attendance).where(attendance.c.session_id == session_id).order_by(attendance.c.program_id)
    return [read(Place, row) for row in (await connection.execute(query)).mappings()]


async def record(
    connection: AsyncConnection,
    session_id: UUID,
    place: Place,
    *,
    reason: str | None = None,
    recorded_by: str,
    now: datetime,
) -> bool:
    """Record what became of one expected person; return False when it is recorded already."""
    recorded = await connection.execute(
        update(attendance)
        .where(
            attendance.c.session_id == session_id,
            attendance.c.program_id == place.program_id,
            attendance.c.status == "expected",
        )
        .values(
            status=place.status,
            excused=place.excused,
            no_show=place.no_show,
            reason=reason,
            recorded_at=now,
            recorded_by=recorded_by,
        )
    )
    return bool(recorded.rowcount)


async def correct(
    work: Work, session_id: UUID, place: Place, by: str, role: str, reason: str | None, meaning: str | None
) -> bool:
    """Take an absence back, and keep it as it was recorded; False when this person is not absent."""
    mine = (attendance.c.session_id == session_id) & (attendance.c.program_id == place.program_id)
    found = await work.connection.execute(select(attendance).where(mine, attendance.c.status == "absent"))
    told = found.mappings().first()
    if told is None:
        return False
    kept = {name: told[name] for name in ("session_id", "program_id", "site", "excused", "no_show")}
    kept |= {"absence_reason": told["reason"], "absence_recorded_by": told["recorded_by"]}
    kept |= {"id": uuid7(), "corrected_at": work.now, "corrected_by": by, "role": role, "status": place.status}
    await work.connection.execute(insert(attendance_correction).values(**kept, reason=reason, meaning=meaning))
    as_it_is: dict[str, object] = {"status": place.status, "excused": False, "no_show": False, "reason": None}
    as_it_is |= {"recorded_at": work.now, "recorded_by": by}
    await work.connection.execute(update(attendance).where(mine).values(**as_it_is))
    return True


async def expecting(connection: AsyncConnection, program_id: UUID) -> list[UUID]:
    """Return the sessions that still expect this person."""
    query = select(attendance.c.session_id).where(
        attendance.c.program_id == program_id, attendance.c.status == "expected"
    )
    return sorted((await connection.execute(query)).scalars())


async def left_by_rule(connection: AsyncConnection, program_id: UUID, rule: str) -> list[UUID]:
    """Return the circles that are due, and of which this rule said that the person has left."""
    query = (
        select(attendance.c.session_id)
        .join(circle, circle.c.session_id == attendance.c.session_id)
        .where(attendance.c.program_id == program_id, attendance.c.status == "left")
        .where(attendance.c.recorded_by == rule, circle.c.state == "due")
    )
    return sorted((await connection.execute(query)).scalars())


async def expect_again(connection: AsyncConnection, session_id: UUID, program_id: UUID) -> None:
    mine = (attendance.c.session_id == session_id) & (attendance.c.program_id == program_id)
    await connection.execute(
        update(attendance).where(mine).values(status="expected", recorded_at=None, recorded_by=None)
    )


async def close(connection: AsyncConnection, session_id: UUID, closed_by: str, now: datetime) -> None:
    await connection.execute(
        update(circle)
        .where(circle.c.session_id == session_id)
        .values(state="closed", closed_at=now, closed_by=closed_by)
    )
