"""The versions of protocols that a site knows: each under one content for ever, new ones signed before their use."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.scheduler.storage.tables import protocol_version
from shared.protocol.library import ProtocolGone
from shared.protocol.model import Protocol
from shared.refusal import Refused
from shared.work import Work

Known = tuple[str, str | None]
"""A version's content hash, and the hash that tells days from hours: older builds did not keep it."""


def published(work: Work, protocol_id: str, version: str, *, field: str = "version") -> Protocol:
    """Return the version as its file says it. Refused (`unknown_protocol`, 422) when there is none."""
    try:
        return work.protocols.published(protocol_id, version)
    except KeyError as error:
        raise Refused("unknown_protocol", str(error.args[0]), status=422, field=field) from error


async def known(work: Work, site: str, protocol_id: str) -> dict[str, Known]:
    """Return the hashes of each version of a protocol that the site knows."""
    table = protocol_version.c
    rows = await work.connection.execute(
        select(table.version, table.hash, table.span_hash).where(table.site == site, table.protocol_id == protocol_id)
    )
    return {row.version: (row.hash, row.span_hash) for row in rows}


async def look_at(work: Work, site: str, protocol: Protocol) -> bool:
    """Return whether the site knows this version. Refused (`version_changed`) when it knew it with other content."""
    versions = await known(work, site, protocol.id)
    if protocol.version in versions:
        check_content(protocol, versions[protocol.version])
    return protocol.version in versions


def check_content(protocol: Protocol, known: Known) -> None:
    """Refuse (`version_changed`) a version that was known with other content."""
    hash, span_hash = known
    if span_hash not in (None, protocol.span_hash) and hash == protocol.content_hash:
        raise Refused(
            "version_changed",
            f"{protocol.id} {protocol.version} was known with days where it has 24 hours now, or the other way round "
            "(P1D, PT24H): a change needs a new version number",
            field="version",
        )
    if hash != protocol.content_hash:
        raise Refused(
            "version_changed",
            f"{protocol.id} {protocol.version} was known with the content {hash[:12]} and now has "
            f"{protocol.content_hash[:12]}: a change needs a new version number",
            field="version",
        )


async def add(work: Work, site: str, protocol: Protocol, release: Mapping[str, Any] | None) -> bool:
    """Know a version at a site from now on; False when it was known already."""
    row = insert(protocol_version).values(
        site=site,
        protocol_id=protocol.id,
        version=protocol.version,
        hash=protocol.content_hash,
        span_hash=protocol.span_hash,
        known_at=work.now,
        release=release,
    )
    return bool((await work.connection.execute(row.on_conflict_do_nothing())).rowcount)


async def before_a_seat(work: Work, site: str, protocol_id: str) -> Protocol:
    """Return the version that rules a person without a seat: the one that the site came to know last, if it did.

    Raise ProtocolGone when it cannot be read.
    """
    if version := await newest(work, site, protocol_id):
        return work.protocols.pinned(protocol_id, *version)
    try:
        return work.protocols.latest(protocol_id)
    except KeyError as gone:
        raise ProtocolGone("protocol_gone", str(gone.args[0])) from gone


async def newest(work: Work, site: str, protocol_id: str) -> tuple[str, str] | None:
    """Return the version that the site came to know last, with the hash of its content."""
    table = protocol_version.c
    rows = await work.connection.execute(
        select(table.version, table.hash)
        .where(table.site == site, table.protocol_id == protocol_id)
        .order_by(table.known_at.desc())
        .limit(1)
    )
    row = rows.one_or_none()
    return (row.version, row.hash) if row else None


async def listed(work: Work, protocol_id: str) -> list[dict[str, Any]]:
    """Return every version of a protocol at the sites that this transaction sees, the oldest first."""
    rows = await work.connection.execute(
        select(protocol_version)
        .where(protocol_version.c.protocol_id == protocol_id)
        .order_by(protocol_version.c.known_at, protocol_version.c.site)
    )
    return [dict(row) for row in rows.mappings()]
