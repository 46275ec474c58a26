"""Referrals, and the people behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from services.intake.domain.referral import Person, Pin, Referral, State
from services.intake.storage import tables
from shared.fields import same_reference
from shared.paging import Page
from shared.refusal import not_found
from shared.work import Work

table = tables.referral


@dataclass(frozen=True)
class Disclosure:
    """Somebody was told who a person is, or how to reach them."""

    purpose: str
    disclosed_to: str
    role: str
    at: datetime


async def add(connection: AsyncConnection, referral: Referral) -> bool:
    """Keep a new referral; False when its site has one of this reference already."""
    added = await connection.execute(
        upsert(table)
        .values(
            program_id=referral.program_id,
            site=referral.site,
            reference=referral.reference,
            reference_key=same_reference(referral.reference),
            referred_at=referral.referred_at,
            received_at=referral.received_at,
            received_by=referral.received_by,
            state=referral.state,
            revision=referral.revision,
            **tables.pin_columns(referral.pin),
        )
        .on_conflict_do_nothing(index_elements=["site", "reference_key"])
    )
    return bool(added.rowcount)


async def get(connection: AsyncConnection, program_id: UUID) -> Referral:
    """Return the referral. Refused as `not_found` when the caller may not see it."""
    referral = await find(connection, program_id)
    if referral is None:
        raise not_found("program", program_id)
    return referral


async def lock(work: Work, program_id: UUID) -> Referral:
    """Return the referral, locked, to be changed. Refused as `not_found` when the caller may not see it."""
    referral = await find_locked(work, program_id)
    if referral is None:
        raise not_found("program", program_id)
    return referral


async def find_locked(work: Work, program_id: UUID) -> Referral | None:
    rows = await work.lock(select(table).where(table.c.program_id == program_id))
    return _read(rows[0]) if rows else None


async def find(connection: AsyncConnection, program_id: UUID) -> Referral | None:
    row = (await connection.execute(select(table).where(table.c.program_id == program_id))).mappings().first()
    return _read(row) if row else None


async def change(connection: AsyncConnection, referral: Referral, *, state: State | None = None) -> Referral:
    """Make a new revision of a locked referral, perhaps in a new state."""
    return await _write(connection, replace(referral, state=state or referral.state, revision=referral.revision + 1))


async def follow(connection: AsyncConnection, referral: Referral, pin: Pin) -> Referral:
    """Make a new revision of a locked referral that is screened by another version of its protocol."""
    return await _write(connection, replace(referral, pin=pin, revision=referral.revision + 1))


async def _write(connection: AsyncConnection, changed: Referral) -> Referral:
    await connection.execute(
        update(table)
        .where(table.c.program_id == changed.program_id)
        .values(
            state=changed.state,
            revision=changed.revision,
            **tables.pin_columns(changed.pin),
        )
    )
    return changed


async def listed(
    connection: AsyncConnection,
    *,
    site: str | None,
    state: State | None,
    reference: str | None,
    page: Page,
) -> Sequence[Referral]:
    """Referrals in the order they were received."""
    query = select(table)
    if site:
        query = query.where(table.c.site == site)
    if state:
        query = query.where(table.c.state == state)
    if reference:
        query = query.where(func.lower(table.c.reference) == same_reference(reference))
    wanted = page.within(query, table.c.program_id, table.c.program_id)
    return [_read(row) for row in (await connection.execute(wanted)).mappings()]


async def count(connection: AsyncConnection, *, site: str | None) -> int:
    query = select(func.count()).select_from(table)
    counted = await connection.execute(query.where(table.c.site == site) if site else query)
    return int(counted.scalar_one())


async def keep_person(
    connection: AsyncConnection, referral: Referral, person: Person, *, at: datetime, by: str
) -> None:
    """Record who the person is from this revision of the referral on."""
    await connection.execute(
        insert(tables.person).values(
            program_id=referral.program_id,
            revision=referral.revision,
            site=referral.site,
            recorded_at=at,
            recorded_by=by,
            **{name: getattr(person, name) for name in Person.__dataclass_fields__},
        )
    )


async def person(connection: AsyncConnection, program_id: UUID) -> Person:
    """Return the newest record of the person."""
    table = tables.person
    query = select(table).where(table.c.program_id == program_id).order_by(table.c.revision.desc()).limit(1)
    row = (await connection.execute(query)).mappings().one()
    return Person(**{name: row[name] for name in Person.__dataclass_fields__})


async def person_revision(connection: AsyncConnection, program_id: UUID) -> int:
    """Return the revision of the referral at which the person was recorded last."""
    table = tables.person
    newest = await connection.execute(select(func.max(table.c.revision)).where(table.c.program_id == program_id))
    return int(newest.scalar_one())


async def disclose(connection: AsyncConnection, referral: Referral, disclosure: Disclosure) -> None:
    """Keep who learned who this person is or how to reach them, and what for."""
    await connection.execute(
        insert(tables.disclosure).values(
            id=uuid7(),
            program_id=referral.program_id,
            site=referral.site,
            **{name: getattr(disclosure, name) for name in Disclosure.__dataclass_fields__},
        )
    )


async def disclosures(connection: AsyncConnection, program_id: UUID) -> Sequence[Disclosure]:
    table = tables.disclosure
    rows = await connection.execute(select(table).where(table.c.program_id == program_id).order_by(table.c.id))
    return [Disclosure(**{name: row[name] for name in Disclosure.__dataclass_fields__}) for row in rows.mappings()]


def _read(row: RowMapping) -> Referral:
    return Referral(
        program_id=row["program_id"],
        site=row["site"],
        reference=row["reference"],
        pin=Pin(*(row[name] for name in tables.PIN)),
        referred_at=row["referred_at"],
        received_at=row["received_at"],
        received_by=row["received_by"],
        state=State(row["state"]),
        revision=row["revision"],
    )
