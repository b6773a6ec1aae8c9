"""A platform's notices: asked for once, believed like a launch, and what they say of copied courses."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

import lti
from engine.clock import real_now
from engine.config import Config
from engine.db import db
from engine.due import Due
from engine.worker import Worker
from lti import notices, tokens
from lti.models.context import Context, ContextOrigin
from lti.models.launch import Nonce, SignIn
from lti.models.platform import Deployment, Platform
from tests.lti.captures import captured, fresh
from tests.lti.platform import GONE, LTI, TOOL, Lms
from tests.lti.services import Tokens

SERVICE = LTI + "platformnotificationservice"
HANDLER = f"{TOOL}/lti/notices"
PNS = "https://lms.example/notice-handlers/106"


def offer(url: str = PNS, **over: Any) -> dict[str, Any]:
    """The claim by which a platform offers notices, for `claims(**…)`."""
    kinds = ["LtiHelloWorldNotice", "LtiContextCopyNotice"]
    offered = {"platform_notification_service_url": url, "scope": [tokens.NOTICES], "notice_types_supported": kinds}
    return {SERVICE: {"service_versions": ["1.0"], **offered, **over}}


def notice(
    lms: Lms, to: str = "copy", origins: Any = ("original",), kind: str = "LtiContextCopyNotice", **over: Any
) -> Any:
    """Claims of a good notice."""
    now = int(time.time())
    said: dict[str, Any] = {
        "iss": lms.issuer,
        "aud": lms.client_id,
        "azp": lms.client_id,
        "iat": now,
        "exp": now + 3600,
        "nonce": f"{to} {origins}",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": lms.deployment_id,
        LTI + "notice": {"id": f"id of {to}", "timestamp": "2026-11-20T11:24:25Z", "type": kind},
        LTI + "context": {"id": to, "title": "Science 8 (spring)"},
        LTI + "origin_contexts": list(origins) if isinstance(origins, tuple) else origins,
        **over,
    }
    return {name: value for name, value in said.items() if value is not GONE}


def tell(client: FlaskClient, *tokens_: str) -> TestResponse:
    return client.post("/lti/notices", json={"notices": [{"jwt": token} for token in tokens_]})


def sent(wire: responses.RequestsMock, url: str) -> list[Any]:
    """The requests that went there."""
    return [call.request for call in wire.calls if call.request.url == url]


def told(app: Flask) -> set[tuple[str, str]]:
    with app.app_context():
        return set(db.session.execute(select(ContextOrigin.context_id, ContextOrigin.origin_id)).all())


def origins(app: Flask, platform_id: int, context_id: str) -> set[str]:
    """As the course's own row would ask, made for the question where nobody opened the course yet."""
    with app.app_context():
        deployment = db.session.scalars(select(Deployment).where(Deployment.platform_id == platform_id)).one()
        context = Context(deployment=deployment, context_id=context_id)
        db.session.add(context)
        db.session.flush()
        return lti.origins_of(context)


# Asking for them


@pytest.fixture
def service(app: Flask, lms: Lms, wire: responses.RequestsMock) -> responses.BaseResponse:
    Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    return wire.add(responses.PUT, PNS, json={"notice_type": "LtiContextCopyNotice", "handler": HANDLER})


def test_a_launch_that_offers_notices_has_our_address_put_there_once(
    client: FlaskClient, lms: Lms, worker: Worker, service: responses.BaseResponse, wire: responses.RequestsMock
) -> None:
    for _launch in range(3):
        assert lms.launch(client, lms.claims(**offer())).status_code == 303
        worker.run_all()
    (put,) = sent(wire, PNS)
    assert json.loads(put.body) == {"notice_type": "LtiContextCopyNotice", "handler": HANDLER}
    assert put.headers["Authorization"].startswith("Bearer ")
    (asked,) = sent(wire, f"{lms.host}/token")
    assert parse_qs(asked.body)["scope"] == [tokens.NOTICES]


def test_each_deployment_is_asked_for_itself(
    app: Flask, client: FlaskClient, lms: Lms, worker: Worker, service: responses.BaseResponse
) -> None:
    with app.app_context():
        db.session.add(Deployment(platform_id=lms.platform_id, deployment_id="dep-2"))
        db.session.commit()
    for deployment in ("dep-1", "dep-2"):
        lms.deployment_id = deployment
        lms.launch(client, lms.claims(**offer()))
    worker.run_all()
    assert service.call_count == 2


@pytest.mark.one_database
def test_a_tool_that_moved_tells_its_new_address(
    app: Flask, app_with: Callable[[Config], Flask], config: Config, lms: Lms, worker: Worker,
    service: responses.BaseResponse, client: FlaskClient, wire: responses.RequestsMock
) -> None:  # fmt: skip
    lms.launch(client, lms.claims(**offer()))
    worker.run_all()
    with app.app_context():
        db.session.execute(update(Deployment).values(notices_asked_at=real_now() - notices.ASK_AGAIN))
        db.session.commit()
    moved = app_with(Config(secret_key=config.secret_key, public_url="https://new.example",
                            database_url=config.database_url, testing=True))  # fmt: skip
    lms.launch(moved.test_client(), lms.claims(**offer()))
    Worker(moved, lti.HANDLERS).run_all()
    assert json.loads(sent(wire, PNS)[-1].body)["handler"] == "https://new.example/lti/notices"


@pytest.mark.one_database
@pytest.mark.parametrize(
    "offered",
    [
        {},
        {SERVICE: None},
        {SERVICE: "x"},
        offer(notice_types_supported=["LtiHelloWorldNotice"]),
        offer(notice_types_supported=None),
        offer(scope=[]),
        offer(url=""),
        offer(url="javascript:x"),
        offer(url="https://lms.example/" + "x" * 3000),
    ],
)
def test_where_copies_are_not_told_nobody_asks(
    app: Flask, client: FlaskClient, lms: Lms, offered: dict[str, Any]
) -> None:
    assert lms.launch(client, lms.claims(**offered)).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Due).where(Due.kind == "notice")).all() == []


@pytest.mark.one_database
@pytest.mark.parametrize(("status", "tries"), [(500, notices.MOST_ATTEMPTS), (302, 1), (400, 1), (404, 1), (401, 1)])
def test_a_platform_that_takes_no_address_is_soon_left_alone(
    app: Flask, client: FlaskClient, lms: Lms, worker: Worker, wire: responses.RequestsMock, status: int, tries: int
) -> None:
    Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    refusing = wire.add(responses.PUT, PNS, status=status)
    for _round in range(6):
        lms.launch(client, lms.claims(**offer()))
        worker.run_all()
        with app.app_context():  # time passes: what waits is due, and the platform no longer rests
            db.session.execute(update(Due).where(Due.kind == "notice").values(at=real_now() - timedelta(seconds=1)))
            db.session.execute(update(Platform).values(paused_until=None))
            db.session.commit()
    assert refusing.call_count == tries * (2 if status == 401 else 1)  # a 401 takes one new token
    with app.app_context():
        assert db.session.scalars(select(Deployment.notices_handler)).one() == ""


@pytest.mark.one_database
def test_a_service_inside_our_own_network_is_not_called(
    app: Flask, client: FlaskClient, lms: Lms, worker: Worker
) -> None:
    Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    lms.launch(client, lms.claims(**offer(url="http://10.0.0.7/handlers")))
    worker.run_all()
    with app.app_context():
        assert db.session.scalars(select(Deployment.notices_handler)).one() == ""


# Believing them


def test_a_copied_course_is_known_before_anybody_opens_it(app: Flask, client: FlaskClient, lms: Lms) -> None:
    answer = tell(client, lms.sign(notice(lms)))
    assert (answer.status_code, answer.get_json()) == (200, {})
    assert told(app) == {("copy", "original")}
    assert origins(app, lms.platform_id, "copy") == {"original"}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignIn)) == 0
    assert "Set-Cookie" not in answer.headers


def test_copies_of_copies_are_followed_a_few_steps_and_in_no_circle(app: Flask, client: FlaskClient, lms: Lms) -> None:
    pairs = [("b", "a"), ("c", "b"), ("a", "c"), *((f"x{n + 1}", f"x{n}") for n in range(8))]
    assert tell(client, *(lms.sign(notice(lms, to, (origin,))) for to, origin in pairs)).status_code == 200
    assert origins(app, lms.platform_id, "a") == {"b", "c"}
    assert origins(app, lms.platform_id, "x8") == {f"x{n}" for n in range(3, 8)}


@pytest.mark.one_database
def test_another_platform_s_word_counts_for_its_own_courses_only(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    other = Lms(wire, issuer=lms.issuer, client_id="client-2", host="https://other.example")
    other.register(app)
    assert tell(client, other.sign(notice(other))).status_code == 200
    assert origins(app, other.platform_id, "copy") == {"original"}
    assert origins(app, lms.platform_id, "copy") == set()


@pytest.mark.one_database
def test_the_same_copy_told_twice_is_one(app: Flask, client: FlaskClient, lms: Lms) -> None:
    for nonce in ("one", "two"):
        assert tell(client, lms.sign(notice(lms, nonce=nonce))).status_code == 200
    assert told(app) == {("copy", "original")}


@pytest.mark.one_database
@pytest.mark.parametrize("origins", [GONE, None, [], "original", [7, None, {}], ["x" * 256], ["copy"], {"id": "a"}])
def test_a_copy_of_nothing_we_could_know_is_taken_and_left(
    app: Flask, client: FlaskClient, lms: Lms, origins: object
) -> None:
    """Canvas (read) names no origin where content came from a file."""
    assert tell(client, lms.sign(notice(lms, origins=origins))).status_code == 200
    assert told(app) == set()


@pytest.mark.one_database
@pytest.mark.parametrize("kind", ["LtiHelloWorldNotice", "LtiAssetProcessorSubmissionNotice", "SomethingNew"])
def test_other_kinds_are_taken_and_left(app: Flask, client: FlaskClient, lms: Lms, kind: str) -> None:
    assert tell(client, lms.sign(notice(lms, kind=kind))).status_code == 200
    assert told(app) == set()


@pytest.mark.one_database
def test_canvas_s_notice(app: Flask, client: FlaskClient, wire: responses.RequestsMock) -> None:
    said = captured("canvas", "context_copy_notice")
    canvas = Lms(wire, issuer=said["iss"], client_id=said["aud"])
    canvas.deployment_id = said[LTI + "deployment_id"]
    canvas.register(app)
    claims = {**fresh(canvas, said), "nonce": said["nonce"]}
    assert tell(client, canvas.sign(claims)).status_code == 200
    assert told(app) == {(said[LTI + "context"]["id"], said[LTI + "origin_contexts"][0])}


# Not believing them


@pytest.mark.parametrize(
    ("over", "status"),
    [
        ({"iss": "https://evil.example"}, 403),
        ({"iss": GONE}, 400),
        ({"aud": "another", "azp": "another"}, 403),
        ({"aud": ["client-1", "another"], "azp": GONE}, 400),
        ({"azp": "another"}, 400),
        ({"aud": GONE}, 400),
        ({"exp": 1}, 401),
        ({"exp": GONE}, 401),
        ({"iat": GONE}, 401),
        ({"iat": int(time.time()) + 3600}, 401),
        ({"iat": int(time.time()) - 3 * 86_400}, 401),
        ({"nonce": GONE}, 401),
        ({"nonce": 7}, 400),
        ({LTI + "deployment_id": "dep-9"}, 403),
        ({LTI + "deployment_id": GONE}, 400),
        ({LTI + "version": "1.1"}, 400),
        ({LTI + "version": GONE}, 400),
        ({LTI + "notice": GONE}, 400),
        ({LTI + "notice": {"type": "LtiContextCopyNotice"}}, 400),
        ({LTI + "notice": ["LtiContextCopyNotice"]}, 400),
        ({LTI + "context": GONE}, 400),
        ({LTI + "context": {"id": "x" * 256}}, 400),
        ({LTI + "context": {"id": "a\0"}}, 400),
    ],
)
def test_what_no_platform_of_ours_would_say_is_refused(
    app: Flask, client: FlaskClient, lms: Lms, over: dict[str, Any], status: int
) -> None:
    answer = tell(client, lms.sign(notice(lms, **over)))
    assert answer.status_code == status, answer.text
    assert "This notice can’t be accepted" in answer.text
    assert nothing_written(app)


def nothing_written(app: Flask) -> bool:
    with app.app_context():
        return not any(db.session.scalar(select(func.count()).select_from(kind)) for kind in (ContextOrigin, Nonce))


@pytest.mark.one_database
@pytest.mark.parametrize(
    "header",
    [{"alg": "none", "kid": "key-1"}, {"alg": "HS256", "kid": "key-1"}, {"alg": "RS256"}, {"alg": "RS256", "kid": 7},
     {"alg": "RS256", "kid": "key-9"}, {"alg": "RS256", "kid": "key-1", "typ": "other"}],
)  # fmt: skip
def test_a_notice_that_its_platform_did_not_sign_is_refused(
    app: Flask, client: FlaskClient, lms: Lms, header: dict[str, Any]
) -> None:
    """A good one's claims and signature under another header: the last differs from the good one's only in its type."""
    _header, payload, signature = lms.sign(notice(lms)).split(".")
    other = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    assert tell(client, f"{other}.{payload}.{signature}").status_code == 401
    assert tell(client, f"{other}.{payload}.").status_code in {400, 401}
    assert nothing_written(app)


@pytest.mark.one_database
def test_another_platform_s_key_signs_for_nobody_else(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    other = Lms(wire, client_id="client-2", host="https://other.example")
    other.kid, other.published = "key-2", ["key-2"]
    other.register(app)
    assert tell(client, other.sign(notice(lms))).status_code == 401
    assert nothing_written(app)


def test_a_notice_counts_once(app: Flask, client: FlaskClient, lms: Lms) -> None:
    token = lms.sign(notice(lms))
    assert [tell(client, token).status_code for _time in range(2)] == [200, 401]
    assert (
        tell(client, lms.sign(notice(lms, "c2", nonce="n")), lms.sign(notice(lms, "c3", nonce="n"))).status_code == 401
    )
    assert told(app) == {("copy", "original")}


@pytest.mark.one_database
def test_one_that_is_not_to_be_believed_takes_its_whole_post_along(app: Flask, client: FlaskClient, lms: Lms) -> None:
    good, bad = lms.sign(notice(lms)), lms.sign(notice(lms, "c2", exp=1))
    assert tell(client, good, bad).status_code == 401
    assert nothing_written(app)
    assert tell(client, good).status_code == 200  # nothing of it was used up


@pytest.mark.one_database
@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"7", b"\xff\xfe", b'{"notices": []}', b'{"notices": {}}', b'{"notices": ["a.b.c"]}',
     b'{"notices": [{"jwt": 7}]}', b'{"notices": [{"jwt": ""}]}', b'{"notices": [{"jwt": "a.b.c"}]}',
     b'{"notices": [{"jwt": "\\ud800.b.c"}]}', b'{"notices": [' + b'{"jwt": "a"},' * 100 + b'{"jwt": "a"}]}',
     b"[" * 100_000, b'{"notices": ' * 5000],
)  # fmt: skip
def test_what_is_no_post_of_notices_is_refused(app: Flask, client: FlaskClient, lms: Lms, body: bytes) -> None:
    answer = client.post("/lti/notices", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert nothing_written(app)


@pytest.mark.one_database
def test_a_flood_is_not_even_read(client: FlaskClient, lms: Lms) -> None:
    answer = client.post("/lti/notices", data=b" " * (3 * 1024 * 1024), content_type="application/json")
    assert answer.status_code == 413


@pytest.mark.one_database
def test_a_form_is_no_post_of_notices(client: FlaskClient, lms: Lms) -> None:
    assert client.post("/lti/notices", data={"notices": lms.sign(notice(lms))}).status_code == 400
    assert client.get("/lti/notices").status_code == 405


@pytest.mark.one_database
def test_another_school_s_bad_notices_from_the_same_lms_keep_ours_from_nobody(
    app_with: Callable[[Config], Flask], config: Config, wire: responses.RequestsMock
) -> None:
    """Canvas (read) hosts many schools at one address, and sends a notice once only."""
    app = app_with(replace(config, refusals_per_minute=3))
    ours, theirs, unknown = (Lms(wire, client_id=name) for name in ("client-1", "client-2", "client-3"))
    for lms in (ours, theirs):
        lms.register(app)
    client = app.test_client()
    for sender, expected in ((theirs, 401), (unknown, 403)):
        answers = [tell(client, sender.sign(notice(sender, exp=1))).status_code for _time in range(4)]
        assert answers == [expected, expected, expected, 429]
    assert tell(client, ours.sign(notice(ours))).status_code == 200
    assert client.post("/lti/notices", data=b" " * (3 * 1024 * 1024)).status_code == 429
