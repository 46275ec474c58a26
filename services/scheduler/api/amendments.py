"""Amendments: a cohort that runs follows another version of its protocol; shown before, signed, then applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduler.api.cohorts import Staff
from services.scheduler.api.fields import Prose, Word
from services.scheduler.api.signing import SignedName
from services.scheduler.commands import apply_amendment as applying
from services.scheduler.commands import preview_amendment as previewing
from services.scheduler.commands.preview_amendment import Preview
from services.scheduler.storage import amendments, cohorts
from services.scheduler.storage.amendments import Applied
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.paging import InPages, Paged
from shared.request_body import RequestBody

router = Router(tags=["amendments"])
Signer = Annotated[Principal, allow("clinician", "prescriber")]


class Target(RequestBody):
    """The version to follow; `inputs` (default: the cohort's own) are the day numbers that it asks for."""

    to_version: Word
    inputs: Mapping[Word, Annotated[int, Field(ge=0, le=730)]] | None = None


class Application(Target):
    """Apply a preview: its `content_hash` and `revisions` as they were shown, why, and the signature."""

    revisions: Mapping[Word, int]
    content_hash: str
    reason: Prose
    signature: SignedName


class AmendmentView(BaseModel):
    amendment_id: UUID
    cohort_id: UUID
    from_version: str
    to_version: str
    to_hash: str
    reason: str
    signature: Mapping[str, Any]
    applied_at: datetime


class Amendments(Paged):
    items: list[AmendmentView]


@router.post("/cohorts/{cohort_id}/amendments/preview")
async def preview_amendment(cohort_id: UUID, target: Target, caller: Staff, work: InWork) -> Preview:
    """What the version would add, move, drop or gate differently for each participant. Changes nothing.

    Refused where the past would change: something that happened, was announced or was asked. The version need not be
    signed yet: a signer may look first.
    """
    return await previewing.preview_amendment(work, cohort_id, target.to_version, target.inputs)


@router.post("/cohorts/{cohort_id}/amendments", status_code=201)
async def apply_amendment(cohort_id: UUID, application: Application, caller: Signer, work: InWork) -> AmendmentView:
    """Let the cohort follow the version, all of it or nothing. Refused when anything has changed since the preview.

    The same application once more answers with the amendment that it made.
    """
    wanted = applying.Application(
        to_version=application.to_version,
        inputs=application.inputs,
        revisions=application.revisions,
        content_hash=application.content_hash,
        reason=application.reason,
        signing=application.signature.value(),
    )
    return _view(await applying.apply_amendment(work, cohort_id, wanted, caller))


@router.get("/cohorts/{cohort_id}/amendments")
async def list_amendments(cohort_id: UUID, caller: Staff, work: InWork, page: InPages) -> Amendments:
    """The cohort's amendments, the oldest first."""
    cohort = await cohorts.get(work, cohort_id)
    found, behind = page.of(await amendments.listed(work, cohort.id), lambda one: (one.applied_at, one.id))
    return Amendments(items=[_view(applied) for applied in found], next=behind)


def _view(applied: Applied) -> AmendmentView:
    values = {name: getattr(applied, name) for name in AmendmentView.model_fields if name != "amendment_id"}
    return AmendmentView(amendment_id=applied.id, **values)
