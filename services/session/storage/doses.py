"""Doses and the controlled-substance ledger: append-only, and the database itself keeps the interval."""

from dataclasses import asdict, fields
from typing import NoReturn
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from services.session.domain.dose import Dose, DoseOrder
from services.session.domain.substance import LedgerRow, balances, check_balance
from services.session.storage.records import dump, load
from services.session.storage.tables import dose, substance_ledger, substance_lot
from shared.paging import EVERY, Page
from shared.refusal import Refused
from shared.work import Work


def _dose(row: RowMapping) -> Dose:
    order = DoseOrder(**{field.name: row[field.name] for field in fields(DoseOrder)})
    values = {field.name: row[field.name] for field in fields(Dose) if field.name != "order"}
    return Dose(**values | {"order": order, "clearances": load(row["clearances"])})


async def add_dose(work: Work, given: Dose, site: str) -> None:
    """Keep a dose, and take it off the ledger.

    The rules were asked before, under the session's lock; what they cannot see (a request at another site in the same
    moment) the constraints refuse.
    """
    values = {field.name: getattr(given, field.name) for field in fields(Dose) if field.name != "order"}
    values |= asdict(given.order) | {
        "site": site,
        "clearances": dump(given.clearances),
        "mg_per_kg": given.order.mg_per_kg,
        "next_from": given.next_from,
    }
    # A plain insert waits for a dose of the same moment *after* writing its own row: those who wait so for one that is
    # rolled back wait for each other next, and PostgreSQL ends all but one of them as deadlocks, a second later.
    kept = await work.connection.execute(insert(dose).values(values).on_conflict_do_nothing())
    if not kept.rowcount:
        await _refuse(work, given)
    await add_ledger_row(
        work,
        LedgerRow(
            id=uuid7(),
            site=site,
            at=given.administered_at,
            movement="administer",
            lot=given.order.lot,
            mg=given.order.mg,
            by=given.administered_by,
            dose_id=given.id,
        ),
    )


async def _refuse(work: Work, wanted: Dose) -> NoReturn:
    """Name the dose that is in the way. Another site's cannot be seen from here, and is in the way all the same."""
    for known in await doses_of(work, wanted.program_id):
        if known.item == wanted.item:
            raise Refused("already_dosed", f"{known.item} was given already: a dose is never doubled")
        if known.next_from > wanted.administered_at and wanted.next_from > known.administered_at:
            raise Refused("minimum_interval", f"after {known.item} no dose before {known.next_from.isoformat()}")
    verified = select(dose.c.id).where(dose.c.verification_id == wanted.verification_id)
    if (await work.connection.execute(verified)).first():
        raise Refused("verification_used", "another dose was verified by this: each has its own")
    raise Refused("minimum_interval", "another site gave this person a dose, and the interval since is not over")


async def doses_of(work: Work, program_id: UUID, page: Page = EVERY) -> list[Dose]:
    """Return the doses of one person that this transaction may see, the first one first: all of them, or a page."""
    query = page.within(select(dose).where(dose.c.program_id == program_id), dose.c.administered_at, dose.c.id)
    return [_dose(row) for row in (await work.connection.execute(query)).mappings()]


async def doses_in(work: Work, session_id: UUID) -> dict[UUID, Dose]:
    """Return the doses given in one session, by person."""
    query = select(dose).where(dose.c.session_id == session_id)
    return {row["program_id"]: _dose(row) for row in (await work.connection.execute(query)).mappings()}


async def lock_lot(work: Work, site: str, lot: str) -> None:
    """Lock a lot before anything moves it. A session is locked before its lot; nothing is locked after one."""
    await work.connection.execute(insert(substance_lot).values(site=site, lot=lot).on_conflict_do_nothing())
    await work.lock(select(substance_lot).where(substance_lot.c.site == site, substance_lot.c.lot == lot))


async def add_ledger_row(work: Work, row: LedgerRow) -> float:
    """Append a movement of a lot that is locked; return the balance before it, in mg.

    Refused: `balance_below_zero`, `witness_used`.
    """
    before = next((one.mg for one in balances(await ledger_rows(work, row.site, row.lot))), 0.0)
    check_balance(before, row)
    kept = await work.connection.execute(
        insert(substance_ledger).values(asdict(row)).on_conflict_do_nothing(index_elements=["witness_id"])
    )
    if not kept.rowcount:
        raise Refused("witness_used", "another movement had this witness: each has its own")
    return before


async def ledger_rows(work: Work, site: str | None = None, lot: str | None = None) -> list[LedgerRow]:
    """Return the ledger in its order."""
    query = select(substance_ledger).order_by(substance_ledger.c.at, substance_ledger.c.id)
    if site:
        query = query.where(substance_ledger.c.site == site)
    if lot:
        query = query.where(substance_ledger.c.lot == lot)
    return [LedgerRow(**row) for row in (await work.connection.execute(query)).mappings()]
