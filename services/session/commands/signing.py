"""A signature as several commands take it: what the signer says, over which content, by whose login and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.session.domain.signature import Signed, sign
from shared.auth import Principal
from shared.work import Work


@dataclass(frozen=True)
class Signing:
    """What somebody means by signing, and why they sign."""

    meaning: str
    reason: str | None = None


def signed(work: Work, caller: Principal, said: Signing, content: Mapping[str, Any]) -> Signed:
    """Sign a content with the caller's login, at this moment."""
    return sign(content, by=caller.subject, role=caller.role, at=work.now, meaning=said.meaning, reason=said.reason)
