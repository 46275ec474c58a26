"""The outcome table over HTTP."""

from collections import defaultdict
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.integration.domain.outcomes import asked_of, baseline, table
from services.integration.storage import measures
from services.integration.storage.pinned import protocol_of
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_site
from shared.paging import InPages, Paged

router = Router(prefix="/outcomes", tags=["outcomes"])


class OutcomeView(BaseModel):
    """One score at one measurement point; mean and sample SD with two decimals, null when too few.

    The score is the instrument's total or, where `subscale` is named, that subscale's.
    """

    instrument: str
    measure: str
    subscale: str | None
    n: int
    missing: int
    mean: float | None
    sd: float | None


class Outcomes(Paged):
    items: list[OutcomeView]


@router.get("")
async def list_outcomes(
    caller: Annotated[Principal, allow("auditor", "clinician", "coordinator")],
    work: InWork,
    page: InPages,
    site: str | None = None,
    cohort_id: UUID | None = None,
) -> Outcomes:
    """n, missing, mean and SD over everyone who reached their baseline; who left or was lost counts as missing."""
    if site:
        own_site(caller, site)
    known = await measures.for_outcomes(work.connection, site, cohort_id)
    opened: dict[UUID | None, set[str]] = defaultdict(set)
    for measure in known:
        opened[measure.cohort_id].add(measure.key)
    reached = {
        measure.program_id: asked_of(protocol, opened[measure.cohort_id])
        for measure in known
        if measure.key == baseline(protocol := protocol_of(work, measure))
    }
    answered = await measures.scores(work.connection, site)
    cells, behind = page.of(enumerate(table(reached, answered)), lambda placed: (placed[0],))
    return Outcomes(items=[OutcomeView.model_validate(cell, from_attributes=True) for _, cell in cells], next=behind)
