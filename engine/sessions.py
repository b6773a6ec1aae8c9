"""Flask's signed cookie, its signer made once: Flask makes two for each request."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from engine.signing import Signing


class SignedCookies(SecureCookieSessionInterface):
    """As Flask's own; secrets that are changed while the app runs count at once."""

    def __init__(self) -> None:
        self._made: dict[Any, Signing] = {}

    def get_signing_serializer(self, app: Flask) -> Signing:
        secrets = (*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key)
        if secrets not in self._made:
            how = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
            made = Signing(list(secrets), salt=self.salt, serializer=self.serializer, signer_kwargs=how)
            self._made = {secrets: made}
        return self._made[secrets]
