"""The watch on calls amid a transaction, which looks on in every test, sees one."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from engine.db import db
from lti.outgoing import Unreachable, ask, open_session

NOBODY_THERE = "http://127.0.0.1:1/"


@pytest.mark.one_database
def test_a_call_amid_a_transaction_is_noted_with_who_makes_it(app: Flask, amid_a_transaction: list[str]) -> None:
    with app.app_context(), open_session() as http:
        db.session.execute(text("select 1"))
        with pytest.raises(Unreachable):
            ask(http, "GET", NOBODY_THERE)
    assert len(amid_a_transaction) == 1
    assert "lti/outgoing.py" in amid_a_transaction.pop()


@pytest.mark.one_database
def test_a_call_after_it_is_not(app: Flask, amid_a_transaction: list[str]) -> None:
    with app.app_context(), open_session() as http:
        db.session.execute(text("select 1"))
        db.session.rollback()
        with pytest.raises(Unreachable):
            ask(http, "GET", NOBODY_THERE)
    assert amid_a_transaction == []
