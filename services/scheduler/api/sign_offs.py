"""Signing off: the medical director of a site signs one flagged clinical value of a protocol version."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, StringConstraints

from services.scheduler.api.fields import Prose, Word
from services.scheduler.api.signing import SignedName
from services.scheduler.commands import sign_off_value as signing_off
from services.scheduler.storage import sign_offs, versions
from shared.auth import READERS, Principal
from shared.http import InWork, Router, allow, own_site
from shared.protocol.flagged import flagged
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
    value, signature = await signing_off.sign_off_value(
        work,
        wanted.site,
        protocol_id,
        version,
        wanted.path,
        content_hash=wanted.content_hash,
        reason=wanted.reason,
        signing=wanted.signature.value(),
        caller=caller,
    )
    signed = {"signature": dict(signature), "signed_at": work.now}
    return SignedOff(path=wanted.path, value=value, reason=wanted.reason, **signed)


@router.get("/protocols/{protocol_id}/versions/{version}/sign-offs")
async def list_sign_offs(
    protocol_id: Word, version: Word, site: Annotated[str, Query()], caller: Reader, work: InWork
) -> SignOffs:
    """List which of a version's flagged values are signed off at a site, and which are not."""
    own_site(caller, site)
    protocol = versions.published(work, protocol_id, version)
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
