"""Protocol versions: what a new one changes, released at a site by a clinician's signature, immutable once known."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from services.scheduler.api.amendments import Signer
from services.scheduler.api.cohorts import Staff
from services.scheduler.api.fields import Prose, Word
from services.scheduler.api.signing import SignedName
from services.scheduler.commands import release_version as releasing
from services.scheduler.storage import versions
from shared.http import InWork, Router, own_site
from shared.paging import InPages, Paged
from shared.request_body import RequestBody

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
    release = releasing.Release(wanted.content_hash, wanted.author, wanted.reason, wanted.signature.value())
    protocol, kept = await releasing.release_version(work, wanted.site, protocol_id, version, release, caller)
    return VersionView(
        site=wanted.site,
        protocol_id=protocol_id,
        version=version,
        hash=protocol.content_hash,
        known_at=work.now,
        release=dict(kept),
    )


@router.get("/protocols/{protocol_id}/versions")
async def list_versions(protocol_id: Word, caller: Staff, work: InWork, page: InPages) -> Versions:
    """The versions that the caller's sites know, the oldest first."""
    every = [VersionView(**row) for row in await versions.listed(work, protocol_id)]
    found, behind = page.of(every, lambda one: (one.known_at, one.site, one.version))
    return Versions(items=found, next=behind)
