"""Service tokens (OAuth 2.0 client credentials with private_key_jwt), and calls that carry one.

Rows are shared by all processes and keyed by our platform and the scopes: many schools share an issuer, and a token of
one must never be used for another. Everything here has its own short transactions, so none spans a network call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.fernet import InvalidToken
from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine import clock
from engine.db import db, reading
from lti import pausing
from lti.keys import signing_key_alone, vault
from lti.models.platform import Platform, ServiceToken
from lti.outgoing import Unreachable, ask, ask_pages, guarded, host_of
from lti.reasons import Reason
from lti.records import add_missing
from lti.storable import plain
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
UNREADABLE = (ValueError, TypeError, OverflowError, RecursionError)  # how the library fails at odd answers
LONGEST_WORDS = 500  # of a refusal, which a page shows
VISIBLE = re.compile(r"[\x20-\x7e]{1,8000}")  # what a token is made of (RFC 6749), as long as a header may be


class NoToken(Exception):
    """The platform gives no token; `message` says so to a person. `again` tells whether waiting may help."""

    def __init__(self, reason: Reason, *, again: bool) -> None:
        super().__init__(reason.said())
        self.reason = reason
        self.again = again

    @property
    def message(self) -> str:
        return self.reason.said()


@dataclass(frozen=True)
class Client:
    """What of a platform is needed to ask for tokens; free of any session, so that it may cross a network call.

    `troubled`: calls to it failed of late, so that one that goes well is worth noting.
    """

    platform_id: int
    client_id: str
    token_url: str
    audience: str
    troubled: bool = False

    @classmethod
    def of(cls, platform: Platform) -> Client:
        url = platform.auth_token_url
        troubled = platform.failures > 0
        return cls(platform.id, platform.client_id, url, platform.token_audience or url, troubled)


def call(
    client: Client, http: requests.Session, scopes: Sequence[str], method: str, url: str, **options: Any
) -> requests.Response:
    """One authorised request; a 401 takes one new token, and the second 401 is the answer.

    Raises:
        NoToken, Unreachable
    """
    with _noting(client):
        answer = ask(http, method, url, **_with(_token(client, scopes), options))
        if answer.status_code == 401:
            _forget(client, scopes)
            answer = ask(http, method, url, **_with(_token(client, scopes), options))
    pausing.answered(client.platform_id, answer, wrote=method != "GET", troubled=client.troubled)
    return answer


def bearer(client: Client, scopes: Sequence[str], refused: str = "") -> str:
    """A token for many calls, that lasts another minute at least; a new one where the kept one was `refused`.

    Raises:
        NoToken, Unreachable
    """
    with _noting(client):
        if (kept := _token(client, scopes)) != refused:
            return kept
        _forget(client, scopes)
        return _token(client, scopes)


def pages(
    client: Client, http: requests.Session, scopes: Sequence[str], url: str, **options: Any
) -> Iterator[requests.Response]:
    """Authorised pages, as `ask_pages`; a 401 on any page takes one new token and asks for that page again.

    Raises:
        NoToken, Unreachable
    """
    renewed, page = False, url
    while True:
        with _noting(client):
            for answer in ask_pages(http, page, **_with(_token(client, scopes), options)):
                page = answer.url if answer.status_code == 401 else page
                if answer.status_code == 401 and not renewed:
                    break
                pausing.answered(client.platform_id, answer, wrote=False, troubled=client.troubled)
                yield answer
            else:
                return
        renewed = True
        _forget(client, scopes)


@contextmanager
def _noting(client: Client) -> Iterator[None]:
    """Whoever does not answer is left alone for a while."""
    try:
        yield
    except NoToken as failed:
        if failed.again:
            pausing.away(client.platform_id, failed.reason)
        raise
    except Unreachable as failed:
        if failed.reason.key in pausing.NO_ANSWER:
            pausing.away(client.platform_id, failed.reason)
        raise


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
    key = signing_key_alone(now)
    # Never `claims=`: the library would then repeat one jti for ever, and platforms refuse a jti they have seen.
    proof = PrivateKeyJWT(client.audience, headers={"kid": key.kid})
    oauth = OAuth2Session(client.client_id, key.private_pem, token_endpoint_auth_method=proof, scope=words)
    with guarded(oauth) as http:
        try:
            given = http.fetch_token(client.token_url, grant_type="client_credentials", allow_redirects=False)
        except AuthlibBaseError as refused:
            words_of_it = plain(str(refused.description or refused.error))[:LONGEST_WORDS]
            unknown = refused.error == "invalid_client" and now < key.known_from
            raise NoToken(Reason("no_token_given", {"why": words_of_it}), again=unknown) from refused
        except (requests.RequestException, *UNREADABLE) as failed:
            raise _none_from(client) from failed
    token = given.get("access_token")
    if not isinstance(token, str) or not VISIBLE.fullmatch(token):
        raise _none_from(client)
    _keep(client, words, token, now + timedelta(seconds=_seconds(given.get("expires_in"))))
    return token


def _none_from(client: Client) -> NoToken:
    return NoToken(Reason("no_token", {"host": host_of(client.token_url)}), again=True)


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
