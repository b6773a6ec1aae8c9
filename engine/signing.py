"""Signs texts for browsers as itsdangerous does, its signers made and their keys derived once: it makes both anew for
each text."""

from __future__ import annotations

import hmac
from functools import cached_property
from typing import Any

from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.signer import HMACAlgorithm


class _InOneCall(HMACAlgorithm):
    """HMAC-SHA1, as itsdangerous has it, which makes it of Python objects."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha1")


class _Signer(TimestampSigner):
    """Keeps the key that it derived from each of its secrets."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.algorithm = _InOneCall()

    @cached_property
    def _keys(self) -> dict[str | bytes | None, bytes]:
        return {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        if secret_key not in self._keys:
            self._keys[secret_key] = super().derive_key(secret_key)
        return self._keys[secret_key]


class Signing(URLSafeTimedSerializer):
    """For secrets that stay: whoever has others makes another one."""

    default_signer = _Signer

    @cached_property
    def _signers(self) -> dict[str | bytes | None, TimestampSigner]:
        return {}

    def make_signer(self, salt: str | bytes | None = None) -> TimestampSigner:
        if salt not in self._signers:
            made = super().make_signer(salt)
            assert isinstance(made, TimestampSigner)  # noqa: S101  # as `default_signer` says
            self._signers[salt] = made
        return self._signers[salt]
