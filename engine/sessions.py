"""Flask's signed cookie, its signer made once, where Flask makes two for each request; read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Request, Response
from flask.globals import request_ctx
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from engine.signing import Signing


class Unread(SecureCookieSession):
    """What the cookie says, once `flask.session` is asked for it: a login never does."""

    def __init__(self, read: Callable[[], Mapping[str, Any]]) -> None:
        super().__init__()
        self._read: Callable[[], Mapping[str, Any]] | None = read

    @property
    def accessed(self) -> bool:  # Flask sets it whenever it hands the session out
        return self._read is None

    @accessed.setter
    def accessed(self, value: bool) -> None:
        if value and self._read is not None:
            read, self._read = self._read, None
            dict.update(self, read())  # past the note that something was changed


class SignedCookies(SecureCookieSessionInterface):
    """As Flask's own; secrets that are changed while the app runs count at once."""

    def __init__(self) -> None:
        self._made: dict[Any, Signing] = {}

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        def read() -> Mapping[str, Any]:
            return super(SignedCookies, self).open_session(app, request) or {}

        unread = Unread(read)
        unread.accessed = request_ctx._session is not None  # not Flask before a request: whoever asks wants to read
        return unread

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed:
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> Signing:
        secrets = (*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key)
        if secrets not in self._made:
            how = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
            made = Signing(list(secrets), salt=self.salt, serializer=self.serializer, signer_kwargs=how)
            self._made = {secrets: made}
        return self._made[secrets]
