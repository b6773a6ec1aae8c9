"""Pages as a browser shows them: usable for everyone, desktop and phone, light and dark, asking nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import usable
from tests.laws.browsing import Visitor
from tests.laws.world import MOMENTS, World, make_world

pytestmark = pytest.mark.one_database

# (width, colours): a desk, a phone, and what an LMS's own margins leave of a phone, where only the fit can differ.
LOOKS: tuple[tuple[int, Literal["light", "dark"] | None], ...] = (
    (1100, "light"),
    (320, "dark"),
    (286, None),
    (270, None),
)
# One page per template, and of those that look different in each state the ones that differ most.
COURSE_PAGES = {
    "teacher": [
        "queue",
        "queue?for=them",
        "queue?for=risk",
        "replies",
        "class",
        "activities",
        "activities/new",
        "bank",
        "accommodations",
        "lms-dates",
        "downloads",
        "log",
        "left",
        "news",
        "mail",
    ],
    "assistant": ["queue"],
    "administrator": ["welcome"],
    "observer": ["welcome", "my-arrangements"],
    "both": ["role"],
    "released": ["mine", "news", "mail", "my-data"],
    "unplaced": ["mine"],
    "picked": ["my-arrangements"],
    "classmate": ["queue"],  # a refusal
}
ACTIVITY_PAGES = {
    "teacher": ["", "/design", "/live", "/preview", "/copies", "/downloads"],
    "classmate": ["/choice"],
    "picked": ["/choice", "/messages", "/submission"],
    "sent back": ["/choice"],
    "must pick": ["/choice"],
    "unplaced": ["/choice"],
    "plan b": ["/choice"],
    "excused": ["/choice"],
    "extended": ["/submission"],
    "accepted": ["/choice", "/submission"],
    "working": ["/submission"],
    "handed in": ["/submission", "/grade"],
    "again": ["/submission"],
    "released": ["/grade"],
}
IDEAS = ("writing", "submitted", "revising", "offered", "accepted", "last call", "expired")
ANSWERED = ("submitted", "offered", "claimed")
LINES = ("closed", "excused", "extended", "picked", "submitted", "unplaced")
AGREED = (("accepted", "accepted"), ("change wanted", "change wanted"), ("change offered", "change offered"),
          ("teacher", "accepted"), ("teacher", "change wanted"), ("teacher", "change offered"))  # fmt: skip
ARRANGED = ("picked", "offered", "submitted", "released")  # open, not looked at, ended, none
CONSENT = (("teacher", "accepted"), ("teacher", "consented"), ("asked", "asked"), ("consented", "consented"))
MARKED = ("handed in", "released", "returned")


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


@pytest.fixture
def site(make_app: Callable[..., Flask], tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """The app and its address; its time stands still while ideas are being talked about."""
    clock_file = tmp_path / "clock"
    clock_file.write_text(MOMENTS["ideas"].isoformat())
    app = make_app(clock_file=clock_file)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def addresses(world: World) -> list[tuple[str, str]]:
    """(who, what they open)."""
    course, pond = f"/courses/{world.cast.course_id}/", f"/activities/{world.activities['pond']}"
    found = [(kind, course + page) for kind, pages in COURSE_PAGES.items() for page in pages]
    found += [(kind, pond + page) for kind, pages in ACTIVITY_PAGES.items() for page in pages]
    found += [("teacher", f"/copy-offers/{world.offers[0]}?link={world.link}")]
    found += [("teacher", f"{course}activities/new?link={world.link}&elsewhere=1")]
    found += [(row, f"/proposals/{world.proposals[row]}") for row in IDEAS]
    found += [("teacher", f"/proposals/{world.proposals[row]}/decision") for row in ANSWERED]
    found += [("teacher", f"/proposals/{world.proposals['submitted']}/offer")]
    found += [("teacher", f"/choices/{world.choices[row]}") for row in LINES]
    found += [("teacher", f"/submissions/{world.submissions[row]}/grade") for row in MARKED]
    found += [(kind, f"/choices/{world.choices[row]}/sharing") for kind, row in CONSENT]
    found += [("teacher", f"/choices/{world.choices['picked']}/told")]
    found += [(kind, f"/agreements/{world.agreements[row]}") for kind, row in AGREED]
    found += [("teacher", f"/people/{world.students[row].id}/accommodation") for row in ARRANGED]
    found += [("teacher", f"/people/{world.students['picked'].id}/accommodation/looks")]
    found += [("teacher", f"/people/{world.person('left').id}/same?person={world.cast.classmate.id}")]
    found += [("teacher", f"{pond}/decisions?like={world.proposals['submitted']}")]
    found += [(kind, f"/choices/{world.choices['picked']}/history") for kind in ("teacher", "picked")]
    found += [("observer", f"/people/{who.id}{pond}") for who in (world.cast.student, world.students["released"])]
    found += [("teacher", page) for page in ("/", "/lti/setup")]
    return sorted(found)


def listen(page: Page, url: str) -> list[str]:
    """What goes wrong while pages load: script errors, refusals of the content policy, requests to anyone else."""
    troubles: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.location.get("url") != page.url or "status of 403" not in message.text:  # a refusal is a page too
            troubles.append(f"{page.url}: {message.text}")

    page.on("console", console)
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    page.on("request", lambda request: None if request.url.startswith(url) else troubles.append(request.url))
    return troubles


def test_every_page_is_usable_and_fits(browser: Browser, site: tuple[Flask, str]) -> None:
    """Each page is opened once, and turned to every look."""
    app, url = site
    world = make_world(app)
    context = browser.new_context(reduced_motion="reduce")  # what moves has no fixed contrast
    page, faults = context.new_page(), []
    troubles, who = listen(page, url), ""
    for kind, path in addresses(world):
        if kind != who:
            who = kind
            sign_in(context, app, world, kind, url)
        page.goto(url + path)
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            if scheme:
                page.emulate_media(color_scheme=scheme)
                if found := usable.report(page):
                    faults.append(f"{kind} {path} at {width}: {found}")
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                faults.append(f"{kind} {path} scrolls sideways: {wide} px of {width}")
    context.close()
    assert not faults, "\n".join(faults)
    assert troubles == []


def sign_in(context: BrowserContext, app: Flask, world: World, kind: str, url: str) -> None:
    cookie = Visitor(app, world.person(kind)).cookie
    context.clear_cookies()
    context.add_cookies([{"name": app.config["SESSION_COOKIE_NAME"], "value": cookie, "url": url}])
