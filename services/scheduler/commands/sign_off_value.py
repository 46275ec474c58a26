"""A medical director signs one flagged value of a protocol version off for a site."""

from collections.abc import Mapping
from typing import Any

from services.scheduler.commands import know_version
from services.scheduler.commands.signing import Signing, sign
from services.scheduler.storage import sign_offs, versions
from shared.auth import Principal
from shared.protocol.base import near_miss
from shared.protocol.flagged import flagged
from shared.refusal import Refused
from shared.work import Work


async def sign_off_value(
    work: Work,
    site: str,
    protocol_id: str,
    version: str,
    path: str,
    *,
    content_hash: str,
    reason: str,
    signing: Signing,
    caller: Principal,
) -> tuple[Any, Mapping[str, Any]]:
    """Keep the sign-off for this content alone, and for ever; return the value as it stands there, and the signature.

    Refused: `other_content`, `version_changed`, `re_authentication`, `already_signed_off`; 422: `unknown_protocol`,
    `not_flagged`.
    """
    protocol = know_version.as_read(work, protocol_id, version, content_hash)
    await versions.look_at(work, site, protocol)
    values = flagged(protocol)
    if path not in values:
        detail = f"{path} is no value of {protocol.id} {version} that waits for a medical director"
        raise Refused("not_flagged", detail + near_miss(path, values), status=422, field="path")
    signature = sign(work, caller, signing, protocol.content_hash)
    value = values[path].model_dump(mode="json", by_alias=True)
    if not await sign_offs.keep(work, site, protocol, path, value, reason, signature):
        detail = f"{path} of {protocol.id} {version} is signed off at {site}: nothing is left to do"
        raise Refused("already_signed_off", detail, field="path")
    return value, signature
