"""Amendments: a cohort that runs follows another version of its protocol; shown before, signed, then applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from services.scheduler.api.cohorts import Staff
from services.scheduler.api.fields import Prose, Word
from services.scheduler.api.signing import SignedName, content_hash, sign
from services.scheduler.commands import know_version
from services.scheduler.commands.apply_amendment import amend
from services.scheduler.domain.agenda import Item
from services.scheduler.domain.amendment import Change, ChangeKind
from services.scheduler.domain.inputs import with_inputs
from services.scheduler.storage import amendments, cohorts, versions
from services.scheduler.storage.amendments import Applied, Proposal
from services.scheduler.storage.cohorts import Cohort
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.paging import InPages, Paged
from shared.protocol.differences import differences
from shared.protocol.model import Protocol
from shared.refusal import Refused
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["amendments"])
Signer = Annotated[Principal, allow("clinician", "prescriber")]


class Target(RequestBody):
    """The version to follow; `inputs` (default: the cohort's own) are the day numbers that it asks for."""

    to_version: Word
    inputs: Mapping[Word, Annotated[int, Field(ge=0, le=730)]] | None = None


class GateState(BaseModel):
    name: str
    open: bool


class Planned(BaseModel):
    """An item as one version plans it."""

    at: datetime
    until: datetime
    gates: list[GateState]


class ChangedItem(BaseModel):
    item: str
    kind: str
    change: ChangeKind
    before: Planned | None
    after: Planned | None


class ChangedProgram(BaseModel):
    program_id: UUID
    state: str
    changes: list[ChangedItem]


class Said(BaseModel):
    """One thing that the new version says otherwise: `sentence` in clinical words."""

    section: str
    what: str
    before: str | None
    after: str | None
    sentence: str


class Preview(BaseModel):
    """What an amendment would do: what the version says otherwise, and each item that changes for each participant.

    Computed at these revisions of facts and calendar. `content_hash` is over all of it but `released`: it is what is
    signed, and what `apply` must still find. `released` says whether the version is signed at the cohort's site; one
    that is not can be looked at, and not applied.
    """

    cohort_id: UUID
    protocol_id: str
    from_version: str
    to_version: str
    to_hash: str
    inputs: Mapping[str, int]
    zone: str
    revisions: Mapping[str, int]
    differences: list[Said]
    programs: list[ChangedProgram]
    released: bool | None = None
    content_hash: str = ""


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
    cohort = await cohorts.get(work, cohort_id)
    shown = _preview(work, await _proposal(work, cohort, target))
    released = await versions.known(work, cohort.site, cohort.protocol_id)
    return shown.model_copy(update={"released": shown.to_version in released})


@router.post("/cohorts/{cohort_id}/amendments", status_code=201)
async def apply_amendment(cohort_id: UUID, application: Application, caller: Signer, work: InWork) -> AmendmentView:
    """Let the cohort follow the version, all of it or nothing. Refused when anything has changed since the preview.

    The same application once more answers with the amendment that it made.
    """
    cohort = await cohorts.get(work, cohort_id, lock=True)
    made = await amendments.find(work, cohort_id, application.to_version, application.revisions)
    if made:
        return _view(made)
    proposal = await _proposal(work, cohort, application)
    await know_version.use(work, cohort.site, proposal.published)
    shown = _preview(work, proposal)
    if (shown.content_hash, dict(shown.revisions)) != (application.content_hash, dict(application.revisions)):
        changed = sorted(
            name for name, revision in shown.revisions.items() if application.revisions.get(name) != revision
        )
        detail = f"something has changed since the preview ({', '.join(changed) or 'what is due'}): look at it again"
        raise Refused("stale", detail, field="revisions")
    applied = Applied(
        id=uuid7(),
        site=cohort.site,
        cohort_id=cohort.id,
        from_version=cohort.protocol_version,
        to_version=proposal.published.version,
        to_hash=proposal.published.content_hash,
        inputs=proposal.inputs,
        revisions=proposal.revisions,
        reason=application.reason,
        signature=sign(work, caller, application.signature, shown.content_hash),
        applied_at=work.now,
    )
    await amend(work, proposal, applied)
    return _view(applied)


@router.get("/cohorts/{cohort_id}/amendments")
async def list_amendments(cohort_id: UUID, caller: Staff, work: InWork, page: InPages) -> Amendments:
    """The cohort's amendments, the oldest first."""
    cohort = await cohorts.get(work, cohort_id)
    found, behind = page.of(await amendments.listed(work, cohort.id), lambda one: (one.applied_at, one.id))
    return Amendments(items=[_view(applied) for applied in found], next=behind)


async def _proposal(work: Work, cohort: Cohort, target: Target) -> Proposal:
    published = await _target(work, cohort, target.to_version)
    inputs = dict(cohort.inputs if target.inputs is None else target.inputs)
    with_inputs(inputs, published)
    if not (await cohorts.is_settled(work, cohort) and await cohorts.members_are_settled(work, cohort)):
        raise Refused("not_at_rest", "something of this cohort is due at this moment: try again in a few seconds")
    proposal = await amendments.propose(work, cohort, published, inputs)
    past = proposal.amendment.changes_of_the_past(work.now)
    if past:
        raise Refused("past_would_change", "; ".join(past), field="to_version")
    return proposal


async def _target(work: Work, cohort: Cohort, version: str) -> Protocol:
    if cohort.closed_at is not None:
        raise Refused("cohort_closed", "everybody of this cohort is through")
    if version == cohort.protocol_version:
        raise Refused("same_version", f"the cohort follows {version} already", field="to_version")
    try:
        published = work.protocols.published(cohort.protocol_id, version)
    except KeyError as error:
        raise Refused("unknown_protocol", str(error.args[0]), status=422, field="to_version") from error
    await versions.look_at(work, cohort.site, published)
    return published


def _preview(work: Work, proposal: Proposal) -> Preview:
    cohort = proposal.cohort
    followed = work.protocols.pinned(cohort.protocol_id, cohort.protocol_version, cohort.protocol_hash)
    said = [Said(**one.model_dump(), sentence=one.sentence) for one in differences(followed, proposal.published)]
    shown = Preview(
        cohort_id=cohort.id,
        protocol_id=cohort.protocol_id,
        from_version=cohort.protocol_version,
        to_version=proposal.published.version,
        to_hash=proposal.published.content_hash,
        inputs=proposal.inputs,
        zone=cohort.zone,
        revisions=proposal.revisions,
        differences=said,
        programs=[
            ChangedProgram(program_id=program.id, state=program.state, changes=[_changed(one) for one in changes])
            for program, changes in proposal.members
        ],
    )
    return shown.model_copy(update={"content_hash": content_hash(shown)})


def _changed(change: Change) -> ChangedItem:
    return ChangedItem(
        item=change.item.key,
        kind=change.item.kind,
        change=change.kind,
        before=_planned(change.before),
        after=_planned(change.after),
    )


def _planned(item: Item | None) -> Planned | None:
    if item is None:
        return None
    gates = [GateState(name=gate.name, open=gate.is_open) for gate in item.gates]
    return Planned(at=item.at, until=item.until, gates=gates)


def _view(applied: Applied) -> AmendmentView:
    values = {name: getattr(applied, name) for name in AmendmentView.model_fields if name != "amendment_id"}
    return AmendmentView(amendment_id=applied.id, **values)
