"""What every answer says to a browser, whoever asks and however it ends: pages, files, refusals, redirects, faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine import clock
from tests.cast import browser_of
from tests.laws.browsing import Visitor
from tests.laws.endpoints import ENDPOINTS, OPEN
from tests.laws.tries import tries
from tests.laws.world import MOMENTS, World

pytestmark = pytest.mark.one_database

HTTPS = "https://localhost"
LMS = "https://canvas.example.edu"
ONLY_OURS = ("script-src", "style-src", "img-src", "font-src", "media-src", "connect-src")
KEPT = ("static", "lti.jwks", "setup.icon")  # the same for everybody, and fit for a cache


@pytest.fixture(autouse=True)
def _in_the_middle() -> Iterator[None]:
    with clock.at(MOMENTS["ideas"]):
        yield


@pytest.fixture
def secure(make_app: Callable[..., Flask]) -> Flask:
    """The tool as schools run it: behind https, and one proxy."""
    return make_app(public_url=HTTPS, trusted_proxies=1, frame_ancestors=("https://portal.example.edu",))


def policy_of(answer: TestResponse) -> dict[str, str]:
    return dict(part.partition(" ")[::2] for part in answer.headers.get("Content-Security-Policy", "").split("; "))


def faults(answer: TestResponse) -> list[str]:
    """What is wrong with the headers of any answer."""
    headers, policy = answer.headers, policy_of(answer)
    found = [f"{name}: {value}" for name, value in policy.items() if "unsafe" in value or "data:" in value]
    if policy.get("default-src") != "'none'" or not policy.get("frame-ancestors"):
        found.append(f"Content-Security-Policy {policy}")
    if "sandbox" not in policy:
        found += [f"{name} {policy.get(name)}" for name in ONLY_OURS if policy.get(name) != "'self'"]
        if policy.get("base-uri") != "'none'" or not policy.get("form-action", "").startswith("'self'"):
            found.append(f"base-uri or form-action {policy}")
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Strict-Transport-Security": "max-age=31536000",
    }.items():
        if headers.get(name) != value:
            found.append(f"{name} {headers.get(name)}")
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        found.append("no Permissions-Policy")
    for unwanted in ("X-Frame-Options", "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"):
        if unwanted in headers:
            found.append(f"{unwanted}: it would part the tool from its LMS")
    return found


def public(endpoint: str) -> bool:
    return endpoint.endswith(KEPT)


def test_every_address_answers_a_stranger_with_the_right_headers(secure: Flask) -> None:
    client, wrong = secure.test_client(), []
    urls = secure.url_map.bind("localhost", url_scheme="https")
    for name, line in ENDPOINTS.items():
        rule = next(secure.url_map.iter_rules(name))
        values = {argument: 1 if argument.endswith("_id") else "x" for argument in rule.arguments}
        for method in ("GET", "POST", "PUT"):
            address = urls.build(name, values, method=min(line.methods.split()))
            answer = client.open(address, method=method, base_url=HTTPS)
            found = faults(answer)
            if not public(name) and answer.headers.get("Cache-Control") != "no-store":
                found.append(f"Cache-Control {answer.headers.get('Cache-Control')}")
            if name not in {n for n, one in ENDPOINTS.items() if one.who == OPEN}:
                found += framed_by_others(answer)
            wrong += [f"{method} {address} ({name}): {fault}" for fault in found]
    assert wrong == []


def framed_by_others(answer: TestResponse) -> list[str]:
    ancestors = policy_of(answer).get("frame-ancestors", "").split()
    return [] if set(ancestors) <= {"'self'", "'none'", "https://portal.example.edu"} else [f"framed by {ancestors}"]


@pytest.mark.parametrize("kind", ["teacher", "student", "observer"])
def test_every_page_says_who_may_frame_it_and_is_nobody_s_to_keep(secure: Flask, world: World, kind: str) -> None:
    visitor, wrong = browser_of(secure, world.person(kind)), []
    for one in tries(secure, world, rows=("working",)):
        if one.method != "GET":
            continue
        answer = visitor.get(one.address, base_url=HTTPS)
        found = faults(answer)
        if answer.headers.get("Cache-Control") != "no-store":
            found.append(f"Cache-Control {answer.headers.get('Cache-Control')}")
        if answer.headers.get("Cross-Origin-Resource-Policy") != "same-origin":
            found.append("others may load it")
        ancestors = policy_of(answer).get("frame-ancestors")
        if one.endpoint != "submission.file" and ancestors != f"'self' {LMS} https://portal.example.edu":
            found.append(f"frame-ancestors {ancestors}")
        wrong += [f"{one}: {fault}" for fault in found]
    assert wrong == []


def test_an_answer_that_went_wrong_has_them_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(public_url=HTTPS, testing=False, refusals_per_minute=1)
    app.extensions["motor"].stop()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken() -> str:
        raise RuntimeError("as it happens")

    app.add_url_rule("/lti/broken", "health.broken", broken)
    client = app.test_client()
    junk = {"id_token": "x", "state": "x"}
    answers = {
        404: client.get("/no/such/page", base_url=HTTPS),
        405: client.put("/lti/launch", base_url=HTTPS),
        413: client.post("/lti/launch", data={"id_token": "x" * 3_000_000}, base_url=HTTPS),
        429: [client.post("/lti/launch", data=junk, base_url=HTTPS) for _time in range(2)][-1],
        500: client.get("/lti/broken", base_url=HTTPS),
    }
    for status, answer in answers.items():
        assert (answer.status_code, faults(answer)) == (status, [])
        assert answer.headers["Cache-Control"] == "no-store"


def test_static_files_may_stand_in_an_lms_s_page_and_pages_may_not(secure: Flask) -> None:
    client = secure.test_client()
    for address in ("/ui/static/extra.css", "/lti/icon.svg"):
        answer = client.get(address, base_url=HTTPS)
        assert (answer.status_code, faults(answer)) == (200, [])
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        answer.close()
    assert client.get("/lti/setup", base_url=HTTPS).headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_on_loopback_no_browser_is_told_to_take_https_for_ever(app: Flask) -> None:
    assert "Strict-Transport-Security" not in app.test_client().get("/healthz").headers


@pytest.fixture
def at_the_proxy(secure: Flask, world: World) -> tuple[FlaskClient, dict[str, str]]:
    """A teacher's browser as the server sees it: http from nginx, which says what it had itself."""
    visitor = Visitor(secure, world.person("teacher"))
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost", "X-Forwarded-For": "203.0.113.7"}
    return visitor.client, {**headers, "X-CSRFToken": visitor.token}


@pytest.mark.parametrize(
    ("referrer", "heard"),
    [
        (f"{HTTPS}/courses/1/queue", True),  # what our Referrer-Policy has browsers say to ourselves
        ("https://evil.example/", False),
        (None, False),
    ],
)
def test_behind_https_a_form_is_taken_from_our_own_pages_alone(
    at_the_proxy: tuple[FlaskClient, dict[str, str]], world: World, referrer: str | None, heard: bool
) -> None:
    client, headers = at_the_proxy
    more: dict[str, Any] = {"Referer": referrer} if referrer else {}
    address = f"/activities/{world.activities['pond']}/live/seen"
    answer = client.post(address, data={}, headers={**headers, **more})
    assert ("open too long" not in answer.text, faults(answer)) == (heard, [])
    assert answer.status_code == (422 if heard else 400), "heard, and found to name nobody"
