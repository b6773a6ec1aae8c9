"""What the figures and the log tell of launches, class lists and grades: how many and which, and nobody's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from sqlalchemy import select

from engine import logs
from engine.db import db
from engine.worker import Worker
from lti.models.context import Context
from tests import logged
from tests.lti.desk import Desk
from tests.lti.platform import GONE, Lms
from tests.lti.services import Tokens

pytestmark = pytest.mark.one_database

Counted = dict[str, float]


def now_at(name: str) -> Counted:
    """{result: how many} of a counter with that label."""
    families = {family.name: family for family in REGISTRY.collect()}
    samples = families[f"third_option_{name}"].samples
    return {one.labels["result"]: one.value for one in samples if one.name.endswith("_total")}


@contextmanager
def counted(name: str) -> Iterator[Counted]:
    """What a counter gains within the block; filled at its end."""
    gained: Counted = {}
    before = now_at(name)
    yield gained
    gained |= {result: more for result, n in now_at(name).items() if (more := n - before.get(result, 0))}


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == logs.OURS]


def test_every_end_of_a_launch_is_counted_as_what_it_was(app: Flask, client: FlaskClient, lms: Lms) -> None:
    asked = lms.login(client)
    token = lms.sign({**lms.claims(), "nonce": asked["nonce"]})
    good = {"id_token": token, "state": asked["state"]}
    with counted("launches") as gained:
        assert client.post("/lti/launch", data=good).status_code == 303
        client.post("/lti/launch", data=good)  # once more: the browser has forgotten this login's cookie
        client.post("/lti/launch", data={"error": "launch_no_longer_valid", "state": asked["state"]})
        lms.launch(client, lms.claims(aud="somebody-else"))
        lms.launch(client, lms.claims(version=GONE))
        lms.launch(client, kid="nobody-s-key")
        client.post("/lti/launch", data={"id_token": "x" * 300_000, "state": asked["state"]})
        client.get("/lti/launch")  # Moodle looks at it: no launch
        client.options("/lti/launch")
    one_each = {"accepted", "no_cookies", "repeated", "unregistered", "malformed", "unproven", "too_large"}
    assert gained == dict.fromkeys(one_each, 1)


def test_one_id_leads_from_a_launch_to_all_that_its_browser_does(
    client: FlaskClient, lms: Lms, caplog: pytest.LogCaptureFixture
) -> None:
    for _launch in range(2):
        lms.launch(client)
        client.get("/who")
    answered = [line for line in lines(caplog) if line["event"] == "answered"]
    told = [(line["endpoint"], line.get("launch")) for line in answered]
    first, second = told[1][1], told[4][1]
    assert told == [
        ("lti.start", None),
        ("lti.arrive", first),
        ("who", first),
        ("lti.start", None),
        ("lti.arrive", second),
        ("who", second),
    ]
    assert None not in {first, second}
    assert first != second
    assert answered[1]["platform"] == lms.platform_id


TITLE, COMMENT, SECRET_WORDS = "Energy project", "Strong model of Amara’s", "Score of Amara Diallo was not taken"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (None, "sent"),
        ((429, {"Retry-After": "60"}, SECRET_WORDS), "throttled"),
        ((422, {}, f"{SECRET_WORDS}: not a student"), "refused"),
        ((500, {}, f"Traceback of {SECRET_WORDS}"), "fault"),
        ((503, {}, SECRET_WORDS), "away"),
    ],
)
def test_a_request_with_a_score_is_counted_by_the_answer_and_told_without_its_words(
    canvas: Desk, caplog: pytest.LogCaptureFixture, answer: Any, result: str
) -> None:
    canvas.score(5)
    canvas.run_for(1)  # with it comes a token, for which this test's LMS asks our app, in this very thread
    caplog.clear()
    if answer:
        canvas.book.hook = lambda _score: answer
    canvas.score(13.37, COMMENT)
    with counted("deliveries") as gained:
        canvas.run_for(1)
    assert gained.keys() == {result}
    told = lines(caplog)
    assert logged.private(map(json.dumps, told), [TITLE, COMMENT, SECRET_WORDS, "13.37", "user-1", "token-1"]) == []
    sending = [line for line in told if line["event"] in {"score refused", "platform paused"}]
    assert all(line["kind"] == "score" and line["task"] for line in sending)
    if result in {"refused", "away"}:
        assert sending


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ((200, {}, json.dumps({"members": [{"user_id": "user-1", "name": "Amara Diallo", "roles": []}]})), "read"),
        ((503, {}, "Amara Diallo"), "waits"),
        ((200, {}, json.dumps({"members": []})), "failed"),
    ],
)
def test_a_class_list_is_counted_by_what_came_and_told_without_a_name(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, worker: Worker, lms: Lms,
    caplog: pytest.LogCaptureFixture, answer: Any, result: str,
) -> None:  # fmt: skip
    Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    wire.add_callback(responses.GET, f"{lms.host}/roster", lambda _asked: answer)
    lms.launch(client, lms.claims(**lms.services()))
    with counted("rosters") as gained:
        worker.run_once()
    assert gained == {result: 1}
    assert logged.private(map(json.dumps, lines(caplog)), ["Amara", "token-1", "Science 8"]) == []
    with app.app_context():
        assert db.session.scalars(select(Context.title)).one() == "Science 8"  # what is not told is there
