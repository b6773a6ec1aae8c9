"""Looking at a page and pressing its buttons: with the session's CSRF token, at a moment of the domain's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from engine import clock
from tests.cast import NOON

RAW = "the session's own half of the token"


def token(client: FlaskClient) -> str:
    """What the pages of this browser's session carry in their forms."""
    with client.session_transaction() as session:
        session["csrf_token"] = RAW
    return str(URLSafeTimedSerializer(client.application.secret_key or "", salt="wtf-csrf-token").dumps(RAW))


def press(
    client: FlaskClient,
    address: str,
    fields: Mapping[str, str | Sequence[str]] | None = None,
    *,
    now: datetime = NOON,
    autosave: bool = False,
) -> TestResponse:
    data = {"csrf_token": token(client), **(fields or {})}
    with clock.at(now):
        return client.post(address, data=data, headers={"X-Autosave": "1"} if autosave else {})


def look(client: FlaskClient, address: str, *, now: datetime = NOON) -> TestResponse:
    with clock.at(now):
        return client.get(address)


def page_of(client: FlaskClient, address: str) -> BeautifulSoup:
    answer = look(client, address)
    assert answer.status_code == HTTPStatus.OK
    return BeautifulSoup(answer.text, "html.parser")


def text_of(soup: BeautifulSoup, selector: str) -> str:
    """The words of the first element that fits, in one line."""
    found = soup.select_one(selector)
    assert found is not None
    return " ".join(found.get_text(" ").split())
