"""What second persons saw with their own login: verifications of doses, witnesses of what leaves the shelf."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from services.session.domain.dose import DoseOrder, Verification
from services.session.domain.roster import Session
from services.session.domain.substance import Movement, Witness
from services.session.storage.tables import verification, witness
from shared.auth import Principal
from shared.work import Work


async def add_verification(
    work: Work, kept: Session, program_id: UUID, order: DoseOrder, caller: Principal
) -> Verification:
    """Keep what the caller read on a drawn-up dose."""
    made = Verification(uuid7(), kept.id, program_id, caller.subject, caller.role, work.now, order)
    await work.connection.execute(
        insert(verification).values(
            id=made.id,
            session_id=kept.id,
            program_id=program_id,
            site=kept.site,
            verified_at=made.at,
            verified_by=made.by,
            verified_role=made.role,
            dose_order=_dump(order),
        )
    )
    return made


async def get_verification(work: Work, id: UUID | None, session_id: UUID, program_id: UUID) -> Verification | None:
    """Return this person's verification in this session; None when there is none of this id."""
    table = verification.c
    query = select(verification).where(table.id == id, table.session_id == session_id, table.program_id == program_id)
    row = (await work.connection.execute(query)).mappings().first()
    if row is None:
        return None
    made = (row["verified_by"], row["verified_role"], row["verified_at"])
    return Verification(row["id"], row["session_id"], row["program_id"], *made, _load(row["dose_order"]))


async def add_witness(work: Work, *, site: str, movement: Movement, lot: str, mg: float, caller: Principal) -> Witness:
    """Keep what the caller saw of a movement of a lot."""
    seen = Witness(uuid7(), site, movement, lot, mg, caller.subject, work.now)
    values = asdict(seen)
    by, at = values.pop("by"), values.pop("at")
    await work.connection.execute(insert(witness).values(**values, witnessed_by=by, witnessed_at=at))
    return seen


async def get_witness(work: Work, id: UUID) -> Witness | None:
    row = (await work.connection.execute(select(witness).where(witness.c.id == id))).mappings().first()
    if row is None:
        return None
    seen = (row["id"], row["site"], row["movement"], row["lot"], row["mg"])
    return Witness(*seen, row["witnessed_by"], row["witnessed_at"])


def _dump(order: DoseOrder) -> dict[str, Any]:
    return asdict(order) | {"weighed_on": str(order.weighed_on), "expires_on": str(order.expires_on)}


def _load(kept: dict[str, Any]) -> DoseOrder:
    dates = {name: date.fromisoformat(kept[name]) for name in ("weighed_on", "expires_on")}
    return DoseOrder(**kept | dates)
