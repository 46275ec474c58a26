"""A clinician signs what they decided: the signature covers its content, meaning, signer, role and time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.integration.domain.check_ins import CheckIn
from services.integration.domain.risk import Risk
from services.integration.storage import risks
from services.integration.storage.risks import Signed
from shared.auth import Principal
from shared.work import Work


@dataclass(frozen=True)
class Signature:
    """What the signature means, and why it was given, where the signer said so."""

    meaning: str
    reason: str | None


async def sign_decision(
    work: Work,
    about: CheckIn | Risk,
    caller: Principal,
    signature: Signature,
    *,
    subject: str,
    content: Mapping[str, Any],
) -> str:
    """Keep the signed decision; return its SHA-256."""
    signed = Signed(
        program_id=about.program_id,
        site=about.site,
        subject=subject,
        content={**content, "signature_reason": signature.reason},
        meaning=signature.meaning,
        signer=caller.subject,
        role=caller.role,
        signed_at=work.now,
    )
    return await risks.sign(work.connection, signed)
