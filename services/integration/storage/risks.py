"""Risk, its C-SSRS screeners, and the decisions that were signed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from services.integration.domain.c_ssrs import Screener
from services.integration.domain.risk import Risk
from services.integration.storage import rows
from services.integration.storage.rows import read
from services.integration.storage.tables import c_ssrs, risk, session_risk, signed_decision
from shared.paging import Page
from shared.work import Work


@dataclass(frozen=True)
class Signed:
    """A decision as it was signed: by whom, in which role, meaning what, over exactly this content."""

    program_id: UUID
    site: str
    subject: str
    content: Mapping[str, Any]
    meaning: str
    signer: str
    role: str
    signed_at: datetime

    @property
    def sha256(self) -> str:
        """Over the canonical JSON of all fields."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()


async def add(connection: AsyncConnection, raised: Risk) -> bool:
    """Keep a new risk; return False when this item's is open already."""
    return bool((await connection.execute(insert(risk).values(**asdict(raised)).on_conflict_do_nothing())).rowcount)


async def lock(work: Work, risk_id: UUID) -> Risk | None:
    return await rows.lock(work, risk, Risk, risk_id=risk_id)


async def get(connection: AsyncConnection, risk_id: UUID) -> Risk | None:
    row = (await connection.execute(select(risk).where(risk.c.risk_id == risk_id))).mappings().first()
    return read(Risk, row) if row else None


async def listed(connection: AsyncConnection, program_id: UUID | None, is_open: bool | None, page: Page) -> list[Risk]:
    query = page.within(select(risk), risk.c.raised_at, risk.c.risk_id)
    if program_id:
        query = query.where(risk.c.program_id == program_id)
    if is_open is not None:
        query = query.where(risk.c.closed_at.is_(None) if is_open else risk.c.closed_at.is_not(None))
    return [read(Risk, row) for row in (await connection.execute(query)).mappings()]


async def keep_screener(
    connection: AsyncConnection, of: Risk, screener: Screener, level: str, recorded_by: str, now: datetime
) -> None:
    """Keep the answers; the newest level is the risk's."""
    await connection.execute(
        insert(c_ssrs).values(
            id=uuid7(),
            risk_id=of.risk_id,
            program_id=of.program_id,
            site=of.site,
            answers=asdict(screener),
            level=level,
            recorded_at=now,
            recorded_by=recorded_by,
        )
    )
    await connection.execute(update(risk).where(risk.c.risk_id == of.risk_id).values(level=level))


async def close(connection: AsyncConnection, of: Risk, decision: str, closed_by: str, now: datetime) -> None:
    await connection.execute(
        update(risk).where(risk.c.risk_id == of.risk_id).values(decision=decision, closed_by=closed_by, closed_at=now)
    )


async def hear(
    connection: AsyncConnection,
    site: str,
    program_id: UUID,
    session_id: UUID,
    at: datetime,
    *,
    closed_at: datetime | None = None,
) -> None:
    """Note that a session day's screener raised a risk, or that it was decided on; in whatever order both are heard,
    decided is decided."""
    new = insert(session_risk).values(
        session_id=session_id, program_id=program_id, site=site, raised_at=at, closed_at=closed_at
    )
    earliest = func.least(session_risk.c.raised_at, new.excluded.raised_at)
    newest = func.coalesce(new.excluded.closed_at, session_risk.c.closed_at)
    changed = {"raised_at": earliest, "closed_at": newest}
    await connection.execute(new.on_conflict_do_update(index_elements=["program_id", "session_id"], set_=changed))


async def sign(connection: AsyncConnection, signed: Signed) -> str:
    """Keep a signed decision; answers its SHA-256."""
    await connection.execute(insert(signed_decision).values(id=uuid7(), sha256=signed.sha256, **asdict(signed)))
    return signed.sha256
