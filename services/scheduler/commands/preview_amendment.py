"""What an amendment would do is shown before it is signed: computed from the rows as they stand, changing nothing.

What is shown is what is signed: its hash is over these very models, and the API sends them as they are.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.scheduler.commands.signing import content_hash
from services.scheduler.domain.agenda import Item
from services.scheduler.domain.amendment import Change, ChangeKind
from services.scheduler.domain.inputs import with_inputs
from services.scheduler.storage import amendments, cohorts, program_lists, versions
from services.scheduler.storage.amendments import Proposal
from services.scheduler.storage.cohorts import Cohort
from shared.protocol.differences import differences
from shared.protocol.model import Protocol
from shared.refusal import Refused
from shared.work import Work


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


async def preview_amendment(work: Work, cohort_id: UUID, to_version: str, inputs: Mapping[str, int] | None) -> Preview:
    """Show what the version would change for each participant, and whether it is signed at the cohort's site.

    Refused: as `propose` refuses.
    """
    cohort = await cohorts.get(work, cohort_id)
    shown = preview(work, await propose(work, cohort, to_version, inputs))
    released = await versions.known(work, cohort.site, cohort.protocol_id)
    return shown.model_copy(update={"released": shown.to_version in released})


async def propose(work: Work, cohort: Cohort, to_version: str, inputs: Mapping[str, int] | None) -> Proposal:
    """Compute the amendment; without `inputs` the cohort's own stay. The version need not be signed yet.

    Refused: `cohort_closed`, `same_version`, `unknown_protocol` (422), `version_changed`, what the inputs lack,
    `not_at_rest`, and `past_would_change` for something that happened, was announced or was asked.
    """
    published = await _target(work, cohort, to_version)
    day_numbers = dict(cohort.inputs if inputs is None else inputs)
    with_inputs(day_numbers, published)
    if not (await cohorts.is_settled(work, cohort) and await program_lists.are_settled(work, cohort.id)):
        raise Refused("not_at_rest", "something of this cohort is due at this moment: try again in a few seconds")
    proposal = await amendments.propose(work, cohort, published, day_numbers)
    if past := proposal.amendment.changes_of_the_past(work.now):
        raise Refused("past_would_change", "; ".join(past), field="to_version")
    return proposal


async def _target(work: Work, cohort: Cohort, version: str) -> Protocol:
    if cohort.closed_at is not None:
        raise Refused("cohort_closed", "everybody of this cohort is through")
    if version == cohort.protocol_version:
        raise Refused("same_version", f"the cohort follows {version} already", field="to_version")
    published = versions.published(work, cohort.protocol_id, version, field="to_version")
    await versions.look_at(work, cohort.site, published)
    return published


def preview(work: Work, proposal: Proposal) -> Preview:
    """Return the proposal as it is shown and signed, with the hash of its content."""
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
