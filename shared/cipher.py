"""How what rests outside its own table is kept from whoever reads the store: AES-256-GCM under the codec key."""

import base64
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Cipher:
    """Encrypts with a fresh nonce each time; the key is base64 of 32 bytes."""

    def __init__(self, key: str) -> None:
        self._cipher = AESGCM(base64.b64decode(key))

    def encrypt(self, data: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, None)

    def decrypt(self, data: bytes) -> bytes:
        return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None)
