"""One row of the audit trail, and the hash that chains it to the row before it."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

HOMEWARD = "homeward"
"""The role of an actor that is no person: a rule whose moment came, a service that asks."""
SIGNED_FIELDS = ("site", "at", "actor", "role", "action", "subjects", "protocols", "inputs", "outcome", "rule")

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ITEM = re.compile(r"(preparation|dose|circle|make_up|check_in|measure|reminder)(:[a-z0-9_]{1,40}){1,4}")


@dataclass(frozen=True)
class Entry:
    """Who (`actor`, `role`) did what (`action`) to whom (`subjects`: opaque ids), when, where, with what outcome.

    `protocols` are the versions that its rules consulted; `inputs` is a keyed hash of everything that was sent;
    `rule` names what refused it.
    """

    site: str
    at: datetime
    actor: str
    role: str
    action: str
    inputs: str
    outcome: Literal["accepted", "refused"] = "accepted"
    rule: str | None = None
    subjects: Mapping[str, Any] = field(default_factory=dict)
    protocols: tuple[str, ...] = ()


def genesis(service: str, site: str) -> str:
    """What the first row of a chain follows: no row of one chain fits into another."""
    return hashlib.sha256(f"homeward audit {service} {site}".encode()).hexdigest()


def chained(row: Mapping[str, Any], previous: str) -> str:
    """The row's hash: SHA-256 over the canonical JSON of what it says and the hash of the row before it.

    The position is not in it: the order of the rows is told by `previous` alone.
    """
    says = {name: row[name] for name in SIGNED_FIELDS}
    said = says | {"at": says["at"].astimezone(UTC).isoformat(), "protocols": list(says["protocols"])}
    return hashlib.sha256(canonical(said | {"previous": previous})).hexdigest()


def canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(key: str, content: bytes) -> str:
    """HMAC-SHA-256 of what was sent. Keyed, for nine answers of 0 to 3 could be guessed from a plain hash."""
    own = hmac.digest(key.encode(), b"homeward audit inputs", "sha256")
    return hmac.new(own, content, "sha256").hexdigest()


def opaque(values: Mapping[str, Any]) -> dict[str, str]:
    """The values that are opaque ids or keys of items, and so may be read by whoever reads the trail."""
    return {name: str(value).lower() for name, value in values.items() if _is_opaque(name, str(value))}


def _is_opaque(name: str, value: str) -> bool:
    return bool(_UUID.fullmatch(value) or (name.endswith("item") and _ITEM.fullmatch(value)))
