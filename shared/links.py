"""Links in mails: what their holder may do without a login, about one thing of one person."""

import base64
import hmac
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

PURPOSE = b"homeward links in mails"
UUID_BYTES = 16


@dataclass(frozen=True)
class Link:
    """Whom a link speaks for, and what it is about."""

    site: str
    program_id: UUID
    about: UUID


class Links:
    """Seals links with a key derived from the codec key.

    AES-SIV, since it needs no nonce: the same link is the same text, so that a mail that is sent again is the same.
    """

    def __init__(self, codec_key: str) -> None:
        self._cipher = AESSIV(hmac.digest(codec_key.encode(), PURPOSE, "sha256"))

    def seal(self, link: Link) -> str:
        """Return the link's token: letters, digits, `-` and `_`; nobody can read or make one without the key."""
        says = link.program_id.bytes + link.about.bytes + link.site.encode()
        return base64.urlsafe_b64encode(self._cipher.encrypt(says, None)).rstrip(b"=").decode()

    def open(self, token: str) -> Link | None:
        """Return the link behind a token; None for one that was not sealed here."""
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            says = self._cipher.decrypt(sealed, None)
        except (ValueError, InvalidTag):
            return None
        program, about, site = says[:UUID_BYTES], says[UUID_BYTES : 2 * UUID_BYTES], says[2 * UUID_BYTES :]
        return Link(site.decode(), UUID(bytes=program), UUID(bytes=about))
