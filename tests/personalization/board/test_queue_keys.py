"""The queue by keys, in a real browser: decide and on, what is read out, refusals in place, keys that keep quiet."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from engine.db import db
from personalization.proposal.model import Proposal, Status
from tests.cast import NOON, Cast, browser_of, make_activity, writing
from tests.personalization.board.test_queue_acts import NOORS
from tests.personalization.proposal import talking

pytestmark = pytest.mark.one_database


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


@pytest.fixture
def app(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """Its time stands still."""
    (tmp_path / "clock").write_text(NOON.isoformat())
    return make_app(clock_file=tmp_path / "clock")


@pytest.fixture
def ideas(app: Flask, cast: Cast) -> list[int]:
    """Amara's and Noor's, in the order in which they wait."""
    with writing(app):
        activity = make_activity(cast.course_id, cast.teacher.id)
        return [talking.sent(activity, cast.student.id), talking.sent(activity, cast.classmate.id, NOORS)]


@pytest.fixture
def desk(app: Flask, cast: Cast, ideas: list[int], browser: Browser) -> Iterator[Page]:
    """Ms. Okafor's browser on the first idea."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.port}"
    context = browser.new_context(viewport={"width": 1100, "height": 800}, reduced_motion="reduce")
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = browser_of(app, cast.teacher).get_cookie(name)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/proposals/{ideas[0]}/decision")
    yield page
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def status_of(app: Flask, proposal: int) -> Status:
    with app.app_context():
        return db.session.get_one(Proposal, proposal).status


def test_two_ideas_are_answered_by_keys_alone(app: Flask, cast: Cast, desk: Page, ideas: list[int]) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(f"{request.method} {request.resource_type}"))
    desk.keyboard.press("2")
    desk.keyboard.type("How will 1 and j show?")  # keys are letters inside the box
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Answer Noor")
    expect(desk.get_by_role("heading", level=1)).to_be_focused()
    expect(desk.locator("p[role=status].hidden")).to_have_text("Sent to Amara. Noor is next.")
    expect(desk.locator("#tabs .count")).to_contain_text("1")
    expect(desk).to_have_url(re.compile(rf"/proposals/{ideas[1]}/decision$"))
    expect(desk).to_have_title("Noor’s idea · Third Option")
    assert [one for one in asked if "other" not in one] == ["POST xhr"]  # the icon of the page is asked for too
    desk.keyboard.press("y")
    desk.keyboard.press("Control+Enter")
    expect(desk).to_have_url(re.compile(rf"/courses/{cast.course_id}/queue$"))
    expect(desk.get_by_role("heading", level=1)).to_have_text("Nothing waits for you")
    assert [status_of(app, idea) for idea in ideas] == [Status.REVISING, Status.ACCEPTED]


def test_a_refusal_comes_in_place_with_the_words(app: Flask, desk: Page, ideas: list[int]) -> None:
    with writing(app):
        idea = db.session.get_one(Proposal, ideas[0])
        idea.withdraw(idea.choice.student, NOON)
    desk.keyboard.press("c")
    desk.keyboard.type("Smaller, please.")
    desk.keyboard.press("Control+Enter")
    alert = desk.get_by_role("alert")
    expect(alert).to_contain_text("Amara withdrew this idea")
    expect(alert).to_contain_text("Smaller, please.")
    expect(alert).to_be_focused()


def test_j_and_k_walk_and_single_keys_can_be_switched_off(desk: Page, ideas: list[int]) -> None:
    desk.keyboard.press("j")
    expect(desk).to_have_url(re.compile(rf"/proposals/{ideas[1]}/decision$"))
    desk.keyboard.press("k")
    expect(desk).to_have_url(re.compile(rf"/proposals/{ideas[0]}/decision$"))
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_have_attribute("open", "")
    desk.get_by_label("Single keys are on").uncheck()
    desk.reload()
    desk.keyboard.press("1")
    expect(desk.locator("[name=decision]:checked")).to_have_count(0)
    desk.locator("#keys summary").click()
    expect(desk.get_by_label("Single keys are on")).not_to_be_checked()
