"""A clinician signs a version of a protocol for a site: from now on cohorts there may be opened with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.scheduler.commands import know_version
from services.scheduler.commands.signing import Signing, sign
from services.scheduler.storage import sign_offs, versions
from shared.auth import Principal
from shared.protocol.differences import differences
from shared.protocol.model import Protocol
from shared.refusal import Refused
from shared.work import Work


@dataclass(frozen=True)
class Release:
    """Which content a signer read, who wrote it, and why the site takes it into use."""

    content_hash: str
    author: str
    reason: str
    signing: Signing


async def release_version(
    work: Work, site: str, protocol_id: str, version: str, release: Release, caller: Principal
) -> tuple[Protocol, Mapping[str, Any]]:
    """Know the version at the site; return it, and what is kept of its release for ever.

    That is author, reason and signature, the differences from the version before it, and the flagged values that were
    not signed off then. Refused: `unknown_protocol`, `other_content`, `already_known`, `re_authentication`,
    `version_changed`, and while the version leaves a value open.
    """
    protocol = know_version.as_read(work, protocol_id, version, release.content_hash)
    if version in await versions.known(work, site, protocol_id):
        raise Refused("already_known", f"{protocol_id} {version} is known at {site}", field="version")
    earlier = await versions.newest(work, site, protocol_id)
    before = work.protocols.pinned(protocol_id, *earlier) if earlier else None
    kept = {
        "author": release.author,
        "reason": release.reason,
        "from_version": before.version if before else None,
        "differences": [
            {**one.model_dump(mode="json"), "sentence": one.sentence}
            for one in (differences(before, protocol) if before else ())
        ],
        "unsigned": await sign_offs.unsigned(work, site, protocol),
        "signature": sign(work, caller, release.signing, protocol.content_hash),
    }
    await know_version.keep(work, site, protocol, kept)
    return protocol, kept
