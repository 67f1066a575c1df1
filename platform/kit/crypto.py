"""Secrets at rest: sealed with the first of several keys, opened with any of them, so that keys can rotate."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Unsealable(Exception):
    """None of the configured keys opens this secret."""


class Sealer:
    """Authenticated encryption (Fernet: AES-128-CBC with HMAC-SHA256) under a list of keys, newest first.

    Raises ValueError when a key is not 32 bytes in URL-safe base64.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """The secret. Raises Unsealable when it was sealed under a key that is no longer configured."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unsealable("sealed under a key that is not in ENCRYPTION_KEYS") from None
