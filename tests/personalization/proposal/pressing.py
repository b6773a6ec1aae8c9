"""A press of a button as a browser sends it: with the CSRF token of its own session."""

from __future__ import annotations

import secrets

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse


def token(client: FlaskClient) -> str:
    """What a page of this session would carry; also for people who may see no page to take it from."""
    with client.session_transaction() as session:
        raw = session.setdefault("csrf_token", secrets.token_hex(20))
    key = client.application.secret_key
    assert key
    signed = URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw)
    return signed if isinstance(signed, str) else signed.decode()


def press(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    """Post these fields; underscores of a name stand for hyphens where it names a criterion."""
    named = {_name(name): value for name, value in fields.items()}
    return client.post(address, data={"csrf_token": token(client), **named})


def _name(name: str) -> str:
    return name.replace("_", "-") if name.startswith(("criterion_", "unsure_")) else name


def page(answer: TestResponse) -> BeautifulSoup:
    """The page that came; whichever it is, no id stands there twice and no label leads nowhere."""
    shown = BeautifulSoup(answer.text, "html.parser")
    ids = [str(tag["id"]) for tag in shown.select("[id]")]
    assert len(ids) == len(set(ids)), sorted(ids)
    for name in ("for", "aria-labelledby", "aria-describedby"):
        for tag in shown.select(f"[{name}]"):
            assert set(str(tag[name]).split()) <= set(ids), tag
    return shown


def words(answer: TestResponse) -> str:
    """What a person reads on the page, in one line."""
    return " ".join(page(answer).get_text(" ").split())
