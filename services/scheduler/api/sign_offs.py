"""Signing off: the medical director of a site signs one flagged clinical value of a protocol version."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, StringConstraints

from services.scheduler.api.fields import Prose, Word
from services.scheduler.api.signing import SignedName, sign
from services.scheduler.api.versions import published
from services.scheduler.storage import sign_offs, versions
from shared.auth import READERS, Principal
from shared.http import InWork, Router, allow, own_site
from shared.protocol.base import near_miss
from shared.protocol.flagged import flagged
from shared.refusal import Refused
from shared.request_body import RequestBody

router = Router(tags=["protocols"])
Director = Annotated[Principal, allow("medical_director")]
Reader = Annotated[Principal, allow(*READERS, "medical_director")]
ValuePath = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=200)]


class SignOff(RequestBody):
    """One value of a version by its path, the content that was read, why it is right here, and the signature."""

    site: Word
    content_hash: str
    path: ValuePath
    reason: Prose
    signature: SignedName


class SignedOff(BaseModel):
    """A value that was signed off: what it said, why it was accepted, and the signature over the version's content."""

    path: str
    value: Any
    reason: str
    signature: dict[str, Any]
    signed_at: datetime


class SignOffs(BaseModel):
    """How many values of a version are flagged, which of them are not signed off at the site, and those that are."""

    site: str
    protocol_id: str
    version: str
    hash: str
    flagged: int
    unsigned: list[str]
    signed: list[SignedOff]


@router.post("/protocols/{protocol_id}/versions/{version}/sign-offs", status_code=201)
async def sign_off_value(
    protocol_id: Word, version: Word, wanted: SignOff, caller: Director, work: InWork
) -> SignedOff:
    """Sign one flagged value off for a site. It counts only for this content: an edited version starts unsigned.

    Kept for ever. Refused: `other_content`, `version_changed`, `re_authentication`, `already_signed_off`;
    422: `unknown_protocol`, `not_flagged`."""
    own_site(caller, wanted.site)
    protocol = published(work, protocol_id, version)
    if wanted.content_hash != protocol.content_hash:
        detail = f"what you read is not what is published here: {protocol.id} {version} is {protocol.content_hash}"
        raise Refused("other_content", detail, field="content_hash")
    await versions.look_at(work, wanted.site, protocol)
    values = flagged(protocol)
    if wanted.path not in values:
        detail = f"{wanted.path} is no value of {protocol.id} {version} that waits for a medical director"
        raise Refused("not_flagged", detail + near_miss(wanted.path, values), status=422, field="path")
    signature = sign(work, caller, wanted.signature, protocol.content_hash)
    value = values[wanted.path].model_dump(mode="json", by_alias=True)
    if not await sign_offs.keep(work, wanted.site, protocol, wanted.path, value, wanted.reason, signature):
        detail = f"{wanted.path} of {protocol.id} {version} is signed off at {wanted.site}: nothing is left to do"
        raise Refused("already_signed_off", detail, field="path")
    return SignedOff(path=wanted.path, value=value, reason=wanted.reason, signature=signature, signed_at=work.now)


@router.get("/protocols/{protocol_id}/versions/{version}/sign-offs")
async def list_sign_offs(
    protocol_id: Word, version: Word, site: Annotated[str, Query()], caller: Reader, work: InWork
) -> SignOffs:
    """List which of a version's flagged values are signed off at a site, and which are not."""
    own_site(caller, site)
    protocol = published(work, protocol_id, version)
    signed = await sign_offs.signed(work, site, protocol)
    return SignOffs(
        site=site,
        protocol_id=protocol_id,
        version=version,
        hash=protocol.content_hash,
        flagged=len(flagged(protocol)),
        unsigned=await sign_offs.unsigned(work, site, protocol),
        signed=[SignedOff.model_validate(one) for one in signed],
    )
