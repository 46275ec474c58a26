"""Who is calling: OIDC bearer tokens with a role and sites."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from shared.vocabulary import those

Role = Literal[
    "participant", "coordinator", "facilitator", "prescriber", "clinician", "medical_director", "auditor", "integrator"
]
ROLES: tuple[Role, ...] = get_args(Role)
READERS: frozenset[Role] = those(
    Role,
    are=("coordinator", "facilitator", "prescriber", "clinician", "auditor"),
    are_not=("participant", "medical_director", "integrator"),
)
"""Who reads what concerns the care at their sites. A medical director signs protocols; an integrator hears events."""
FOR_EVERYBODY: frozenset[Role] = those(
    Role,
    are=("coordinator", "facilitator", "prescriber", "clinician", "medical_director", "auditor"),
    are_not=("participant", "integrator"),
)
"""Staff: nobody's own program is meant by their name."""
AUDIENCE = "homeward"
ALGORITHM = "Ed25519"
REMEMBERED = 1000
"""Tokens whose signature is not verified again; when they end is asked each time."""


class InvalidToken(Exception):
    """The token cannot be trusted; the text says why, without repeating it."""


@dataclass(frozen=True)
class Principal:
    """The caller: an opaque subject, one role, the sites that they may see.

    A participant's subject is their program id. `authenticated_at` is when they last proved who they are (OIDC's
    `auth_time`); None when the provider does not say.
    """

    subject: str
    role: Role
    sites: tuple[str, ...]
    authenticated_at: datetime | None = None

    def speaks_for(self, program_id: UUID) -> bool:
        """Staff speak for everyone at their sites; a participant for themself alone, an integrator for nobody."""
        return self.role in FOR_EVERYBODY or (self.role == "participant" and self.subject == str(program_id))


class Verifier:
    """Verifies tokens against the issuer's public keys."""

    def __init__(self, jwks_file: Path, issuer: str) -> None:
        self._keys = KeySet.import_key_set(json.loads(jwks_file.read_text()))
        self._issuer = issuer
        self._claims = lru_cache(maxsize=REMEMBERED)(self._claims_under_a_trusted_key)

    def verify(self, token: str, now: datetime) -> Principal:
        """Return the caller whom this token names; raise InvalidToken."""
        try:
            claims = self._claims(token)
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": AUDIENCE},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise InvalidToken(f"the token is not valid: {error}") from error
        return _principal(claims)

    def _claims_under_a_trusted_key(self, token: str) -> dict[str, Any]:
        """Verify the signature, the costly part: once for a token, as a caller sends the same again and again."""
        return jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims


def _principal(claims: dict[str, Any]) -> Principal:
    role, sites = claims.get("role"), claims.get("sites")
    if role not in ROLES:
        raise InvalidToken(f"the token's role must be one of {', '.join(ROLES)}")
    if not isinstance(sites, list) or not all(isinstance(site, str) and site.isalnum() for site in sites):
        raise InvalidToken("the token's sites must be a list of site codes")
    proved = claims.get("auth_time")
    authenticated_at = datetime.fromtimestamp(proved, UTC) if isinstance(proved, int) else None
    return Principal(str(claims["sub"]), cast(Role, role), tuple(sites), authenticated_at)


class Issuer:
    """The development issuer: signs tokens with a key of its own. Production brings an OIDC provider."""

    def __init__(self, key: OKPKey, issuer: str = "homeward-development") -> None:
        self._key, self._issuer = key, issuer

    @classmethod
    def load_or_create(cls, private_key: Path, jwks_file: Path) -> "Issuer":
        """Return the issuer whose key is kept in `private_key`, made at the first call.

        The public half goes to `jwks_file` unless there is one: whose keys are trusted is decided there, and a
        provider's keys that were put in its place stay.
        """
        if private_key.exists():
            key = OKPKey.import_key(json.loads(private_key.read_text()))
        else:
            key = OKPKey.generate_key("Ed25519", auto_kid=True)
            private_key.touch(mode=0o600)
            private_key.write_text(json.dumps(key.as_dict(private=True)))
        if not jwks_file.exists():
            jwks_file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        return cls(key)

    def token(self, subject: str, role: Role, sites: list[str], now: datetime, valid: timedelta) -> str:
        """Return a signed token for one caller."""
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": subject,
            "role": role,
            "sites": sites,
            "iat": int(now.timestamp()),
            "auth_time": int(now.timestamp()),
            "exp": int((now + valid).timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key, algorithms=[ALGORITHM])
