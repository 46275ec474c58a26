"""Signing in the manner of 21 CFR Part 11: who, in which role, when, what it means, over which content."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from shared.auth import Principal
from shared.refusal import Refused
from shared.work import Work

PROOF_IS_FRESH_FOR = timedelta(minutes=10)
"""How long ago the signer may have authenticated (convention; 21 CFR 11.200 asks for it at each signing)."""


@dataclass(frozen=True)
class Signing:
    """The signer's printed name and what they mean by signing; id, role and time come from the token and the clock."""

    name: str
    meaning: str


def sign(work: Work, caller: Principal, signing: Signing, content_hash: str) -> dict[str, Any]:
    """Return the signature as it is kept. Refused: `re_authentication` unless the signer just proved who they are."""
    proved = caller.authenticated_at
    if proved is None or work.now - proved > PROOF_IS_FRESH_FOR:
        minutes = int(PROOF_IS_FRESH_FOR.total_seconds() // 60)
        raise Refused(
            "re_authentication", f"authenticate again to sign: your token's auth_time is over {minutes} minutes old"
        )
    return {
        "name": signing.name,
        "by": caller.subject,
        "role": caller.role,
        "at": work.now.isoformat(),
        "authenticated_at": proved.isoformat(),
        "meaning": signing.meaning,
        "hash": content_hash,
    }


def content_hash(content: BaseModel) -> str:
    """Return the SHA-256 over the canonical JSON of what is signed."""
    canonical = json.dumps(content.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
