"""Service tokens (OAuth 2.0 client credentials with private_key_jwt), and calls that carry one.

Rows are shared by all processes and keyed by our platform and the scopes: many schools share an issuer, and a token of
one must never be used for another. Everything here has its own short transactions, so none spans a network call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.fernet import InvalidToken
from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine import clock
from engine.db import db, reading
from lti.keys import signing_key, vault
from lti.models import Platform, ServiceToken
from lti.outgoing import ask, ask_pages, guarded, host_of
from lti.records import add_missing
from lti.wiring import wiring

log = structlog.get_logger()

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM, LINE_ITEM_READ, RESULTS, SCORES = (
    AGS + name for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")
)
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"

EARLY = timedelta(seconds=60)
USUAL_SECONDS = 3600
LONGEST_SECONDS = 86_400


class NoToken(Exception):
    """The platform gives no token; `message` says so to a person. `again` tells whether waiting may help."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.message = message
        self.again = again


@dataclass(frozen=True)
class Client:
    """What of a platform is needed to ask for tokens; free of any session, so that it may cross a network call."""

    platform_id: int
    client_id: str
    token_url: str
    audience: str

    @classmethod
    def of(cls, platform: Platform) -> Client:
        url = platform.auth_token_url
        return cls(platform.id, platform.client_id, url, platform.token_audience or url)


def call(
    client: Client, http: requests.Session, scopes: Sequence[str], method: str, url: str, **options: Any
) -> requests.Response:
    """One authorised request; a 401 takes one new token, and the second 401 is the answer.

    Raises:
        NoToken, Unreachable
    """
    answer = ask(http, method, url, **_with(_token(client, scopes), options))
    if answer.status_code == 401:
        _forget(client, scopes)
        answer = ask(http, method, url, **_with(_token(client, scopes), options))
    return answer


def pages(
    client: Client, http: requests.Session, scopes: Sequence[str], url: str, **options: Any
) -> Iterator[requests.Response]:
    """Authorised pages, as `ask_pages`; a 401 on any page takes one new token and asks for that page again.

    Raises:
        NoToken, Unreachable
    """
    renewed, page = False, url
    while True:
        for answer in ask_pages(http, page, **_with(_token(client, scopes), options)):
            page = answer.url if answer.status_code == 401 else page
            if answer.status_code == 401 and not renewed:
                break
            yield answer
        else:
            return
        renewed = True
        _forget(client, scopes)


def _with(token: str, options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "headers": {**options.get("headers", {}), "Authorization": f"Bearer {token}"}}


def _token(client: Client, scopes: Sequence[str]) -> str:
    """One that lasts another minute at least: the stored one, else a new one."""
    words = " ".join(sorted(scopes))
    with reading(), Session(db.engine) as own:
        row = own.get(ServiceToken, (client.platform_id, words))
        sealed = row.token if row and row.expires_at - EARLY > clock.real_now() else None
    if sealed:
        try:
            return vault(wiring().config).decrypt(sealed.encode()).decode()
        except InvalidToken:
            log.info("a stored token was encrypted under a SECRET_KEY that is gone; asking anew")
    return _ask(client, words)


def _ask(client: Client, words: str) -> str:
    now = clock.real_now()
    with Session(db.engine) as own:
        key = signing_key(own, now)
        own.commit()
    # Never `claims=`: the library would then repeat one jti for ever, and platforms refuse a jti they have seen.
    proof = PrivateKeyJWT(client.audience, headers={"kid": key.kid})
    oauth = OAuth2Session(client.client_id, key.private_pem, token_endpoint_auth_method=proof, scope=words)
    with guarded(oauth) as http:
        try:
            given = http.fetch_token(client.token_url, grant_type="client_credentials", allow_redirects=False)
        except AuthlibBaseError as refused:
            words_of_it = refused.description or refused.error
            raise NoToken(_("The LMS gives this tool no access: %(why)s", why=words_of_it), again=False) from refused
        except (requests.RequestException, ValueError, RecursionError) as failed:  # also an answer that is no JSON
            message = _("%(host)s gave no token.", host=host_of(client.token_url))
            raise NoToken(message, again=True) from failed
    token = given.get("access_token")
    if not isinstance(token, str) or not token:
        raise NoToken(_("%(host)s gave no token.", host=host_of(client.token_url)), again=True)
    _keep(client, words, token, now + timedelta(seconds=_seconds(given.get("expires_in"))))
    return token


def _seconds(said: object) -> int:
    try:
        return min(max(0, int(said)), LONGEST_SECONDS)  # type: ignore[call-overload,no-any-return]  # text and numbers alike
    except (TypeError, ValueError, OverflowError):
        return USUAL_SECONDS


def _keep(client: Client, words: str, token: str, expires_at: Any) -> None:
    sealed = vault(wiring().config).encrypt(token.encode()).decode()
    with Session(db.engine) as own:
        own.execute(delete(ServiceToken).where(*_key(client, words)))
        row = {"platform_id": client.platform_id, "scopes": words, "token": sealed, "expires_at": expires_at}
        add_missing(own, ServiceToken, [row])
        own.commit()


def _forget(client: Client, scopes: Sequence[str]) -> None:
    with Session(db.engine) as own:
        own.execute(delete(ServiceToken).where(*_key(client, " ".join(sorted(scopes)))))
        own.commit()


def _key(client: Client, words: str) -> tuple[Any, ...]:
    return (ServiceToken.platform_id == client.platform_id, ServiceToken.scopes == words)
