"""A clearance of then, asked again: what an authority recorded that it answered, and what its rules answer today."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import RowMapping, text

from shared.audit.clearance import CLEARANCE
from shared.audit.entry import canonical, opaque
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.work import Work

_recorded = text(
    """
    select at, rule, protocols from audit
    where action = :action and at = :at and subjects @> cast(:subjects as jsonb) order by id limit 1
    """
)


@dataclass(frozen=True)
class Then:
    """The moment that a clearance was answered at: of which dose, when, at which revision of the authority's facts.

    `recorded` is what the audit trail kept of the answer; None when it was given before there was a trail.
    """

    program_id: UUID
    item: str
    at: datetime
    revision: int
    recorded: "Recorded | None"


class Recorded(BaseModel):
    """The answer as the authority's audit trail kept it: no refusals = cleared; under these versions."""

    at: datetime
    refusals: list[str]
    protocols: list[str]


class ClearanceOfThen(BaseModel):
    """What the authority recorded then, and what the same rules answer on the facts and the protocol of that time.

    `protocols` are the versions consulted now, as `id@version#content hash`. `agrees` is None without a record.
    """

    recorded: Recorded | None
    refusals: list[str]
    protocols: list[str]
    agrees: bool | None


Recompute = Callable[[Work, Then], Awaitable[Sequence[str]]]


def clearance_router(recompute: Recompute) -> Router:
    """`GET /clearances/{program_id}/{item}`: an authority answers once more what it answered then."""
    router = Router(tags=["clearances"])

    @router.get("/clearances/{program_id}/{item}")
    async def recompute_clearance(
        program_id: UUID,
        item: str,
        caller: Annotated[Principal, allow("auditor")],
        work: InWork,
        at: AwareDatetime,
        revision: Annotated[int, Query(ge=0)],
    ) -> ClearanceOfThen:
        """Whether this dose was to be cleared at that moment, by the facts and under the protocol of that time.

        Nothing is decided by it: it is for anyone who looks at a dose's proof, years later.
        """
        recorded = await _find(work, program_id, item, at, revision)
        refusals = list(await recompute(work, Then(program_id, item, at, revision, recorded)))
        return ClearanceOfThen(
            recorded=recorded,
            refusals=refusals,
            protocols=list(work.trace.protocols),
            agrees=None if recorded is None else recorded.refusals == refusals,
        )

    return router


async def _find(work: Work, program_id: UUID, item: str, at: datetime, revision: int) -> Recorded | None:
    subjects = opaque({"program_id": program_id, "item": item}) | {"revision": str(revision)}
    sought: dict[str, Any] = {"action": CLEARANCE, "at": at, "subjects": canonical(subjects).decode()}
    row: RowMapping | None = (await work.connection.execute(_recorded, sought)).mappings().first()
    if row is None:
        return None
    refusals = row["rule"].split(", ") if row["rule"] else []
    return Recorded(at=row["at"], refusals=refusals, protocols=row["protocols"])


def pinned_in(recorded: Recorded | None, id: str) -> tuple[str, str] | None:
    """Return the (version, hash) of a protocol that an answer was recorded under; None when that is not one version."""
    pins = [pin for pin in (recorded.protocols if recorded else ()) if pin.startswith(f"{id}@")]
    if len(pins) != 1:
        return None
    version, _, hash = pins[0].partition("@")[2].partition("#")
    return version, hash
