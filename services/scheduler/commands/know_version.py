"""A site comes to know a version of a protocol: by a signature, or with its first cohort."""

from collections.abc import Mapping
from typing import Any

from uuid_utils.compat import uuid7

from services.scheduler.storage import versions
from shared.events.base import ProtocolPin
from shared.events.scheduler import VersionReleased
from shared.protocol.model import Protocol
from shared.refusal import Refused
from shared.work import Work


def as_read(work: Work, protocol_id: str, version: str, content_hash: str) -> Protocol:
    """Return the version whose content the signer read. Refused: `unknown_protocol` (422), `other_content`."""
    protocol = versions.published(work, protocol_id, version)
    if content_hash != protocol.content_hash:
        detail = f"what you read is not what is published here: {protocol.id} {version} is {protocol.content_hash}"
        raise Refused("other_content", detail, field="content_hash")
    return protocol


async def use(work: Work, site: str, protocol: Protocol) -> None:
    """Refuse what the site has not signed, and content that is not what it was. A first version needs no signature."""
    if await versions.look_at(work, site, protocol):
        return
    if others := await versions.known(work, site, protocol.id):
        raise Refused(
            "version_not_released",
            f"{protocol.id} {protocol.version} is not signed at {site}: release it first, or use one of "
            f"{', '.join(sorted(others))}",
            status=422,
            field="version",
        )
    await keep(work, site, protocol, None)


async def keep(work: Work, site: str, protocol: Protocol, release: Mapping[str, Any] | None) -> None:
    """Know a version from now on, under this content for ever, and tell everybody.

    Refused: while it leaves a value open, and `version_changed`.
    """
    protocol.require_decided()
    is_new = await versions.add(work, site, protocol, release)
    versions.check_content(protocol, (await versions.known(work, site, protocol.id))[protocol.version])
    if is_new:
        pin = ProtocolPin(id=protocol.id, version=protocol.version, hash=protocol.content_hash)
        await work.emit(VersionReleased(release_id=uuid7(), protocol=pin), site=site)
