"""Who signed what, when, and what it means."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Signed:
    """A signature as it is kept with its row: `content_hash` is the SHA-256 of what was signed."""

    by: str
    role: str
    at: datetime
    meaning: str
    reason: str | None
    content_hash: str


def sign(
    content: Mapping[str, Any], *, by: str, role: str, at: datetime, meaning: str, reason: str | None = None
) -> Signed:
    """Sign a content: however its keys are ordered, the hash is the same."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return Signed(by, role, at, meaning, reason, hashlib.sha256(canonical.encode()).hexdigest())
