"""Protocol versions: what a new one changes, released at a site by a clinician's signature, immutable once known."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from services.scheduler.api.amendments import Signer
from services.scheduler.api.cohorts import Staff
from services.scheduler.api.fields import Prose, Word
from services.scheduler.api.signing import SignedName, sign
from services.scheduler.commands import know_version
from services.scheduler.storage import sign_offs, versions
from shared.http import InWork, Router, own_site
from shared.paging import InPages, Paged
from shared.protocol.differences import differences
from shared.protocol.model import Protocol
from shared.refusal import Refused
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["protocols"])


class Release(RequestBody):
    """A site takes a new version into use: who wrote it, why, and the signature over its content hash."""

    site: Word
    content_hash: str
    author: Prose
    reason: Prose
    signature: SignedName


class VersionView(BaseModel):
    """A version that a site knows. `release` is None for the first one, which came with the site."""

    site: str
    protocol_id: str
    version: str
    hash: str
    known_at: datetime
    release: dict[str, Any] | None


class Versions(Paged):
    items: list[VersionView]


@router.post("/protocols/{protocol_id}/versions/{version}/release", status_code=201)
async def release_version(
    protocol_id: Word, version: Word, wanted: Release, caller: Signer, work: InWork
) -> VersionView:
    """Sign a version for a site: from now on cohorts there may be opened with it, or amended to it.

    Kept for ever with author, reason, date, the differences from the version before it, the flagged values that were
    not signed off then, and the signature.
    """
    own_site(caller, wanted.site)
    protocol = published(work, protocol_id, version)
    if wanted.content_hash != protocol.content_hash:
        detail = f"what you read is not what is published here: {protocol.id} {version} is {protocol.content_hash}"
        raise Refused("other_content", detail, field="content_hash")
    known = await versions.known(work, wanted.site, protocol_id)
    if version in known:
        raise Refused("already_known", f"{protocol_id} {version} is known at {wanted.site}", field="version")
    earlier = await versions.newest(work, wanted.site, protocol_id)
    before = work.protocols.pinned(protocol_id, *earlier) if earlier else None
    unsigned = await sign_offs.unsigned(work, wanted.site, protocol)
    kept = {
        "author": wanted.author,
        "reason": wanted.reason,
        "from_version": before.version if before else None,
        "differences": [
            {**one.model_dump(mode="json"), "sentence": one.sentence}
            for one in (differences(before, protocol) if before else ())
        ],
        "unsigned": unsigned,
        "signature": sign(work, caller, wanted.signature, protocol.content_hash),
    }
    await know_version.keep(work, wanted.site, protocol, kept)
    return VersionView(
        site=wanted.site,
        protocol_id=protocol_id,
        version=version,
        hash=protocol.content_hash,
        known_at=work.now,
        release=kept,
    )


@router.get("/protocols/{protocol_id}/versions")
async def list_versions(protocol_id: Word, caller: Staff, work: InWork, page: InPages) -> Versions:
    """The versions that the caller's sites know, the oldest first."""
    every = [VersionView(**row) for row in await versions.listed(work, protocol_id)]
    found, behind = page.of(every, lambda one: (one.known_at, one.site, one.version))
    return Versions(items=found, next=behind)


def published(work: Work, protocol_id: str, version: str) -> Protocol:
    """Return the version as its file says it; refused when there is none."""
    try:
        return work.protocols.published(protocol_id, version)
    except KeyError as error:
        raise Refused("unknown_protocol", str(error.args[0]), status=422, field="version") from error
