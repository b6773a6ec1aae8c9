"""Tool and LMS on different sites without https, as on a developer's machine: the tool's cookies are SameSite=Lax, so
none works in the LMS's frame, and none comes along when the LMS posts a launch to a window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserType, Page, expect

from demo.run import Demo
from tests.journeys.apart import Browsers, allowed, browsers, open_window
from tests.journeys.around import HONEST, HOSTILE, launch_of, serving
from tests.journeys.conftest import BIOLOGY, HISTORY, PATIENCE
from tests.journeys.shots import shoot
from tests.journeys.steps import POSTER, TEACHER, fill_design
from tests.journeys.visitor import Visitor
from tests.machines import Shared

PORTS = (8741, 8841)
ASKED = "window.heard.includes('lti.capabilities')"
WITHHELD = "Your browser does not let us in here"


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory, shared: Shared | None) -> Iterator[Demo]:
    on = shared.of("cookies") if shared else None
    with Demo(tmp_path_factory.mktemp("apart"), ports=PORTS, lms_host="127.0.0.1", machines=on) as running:
        yield running


@pytest.fixture
def school(
    apart: Demo,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Browsers]:
    folder = tmp_path_factory.mktemp("people")
    with browsers(browser_type, browser_type_launch_args, apart, folder) as made:
        yield made


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def publish_in_a_window(teacher: Visitor, title: str) -> None:
    """From the LMS's dialogue into a window, and back to the LMS from there."""
    teacher.to_course()
    teacher.page.get_by_role("link", name="Add an activity with Third Option").click()
    expect(teacher.board).to_have_text(WITHHELD)
    window = open_window(teacher)
    heading(window, "Add an activity")
    fill_design(window, title)
    window.get_by_role("button", name="Publish").click()
    expect(window.get_by_role("status")).to_have_text(f"Added: {title}.")


@pytest.mark.parametrize(
    ("course", "student", "status"), [(BIOLOGY, "Lucas Ferreira", 200), (HISTORY, "Bronwyn Hughes", 400)]
)
def test_a_teacher_and_a_student_work_in_windows_of_their_own(
    school: Browsers, course: str, student: str, status: int
) -> None:
    for _person in range(2 if status == 400 else 0):  # where nothing proves the launch, the login itself is answered so
        school.watch.expect(400)
    publish_in_a_window(school.be(TEACHER, course, allowed), "In a window")
    visitor = school.be(student, course, allowed)
    visitor.open("In a window")
    expect(visitor.board).to_have_text(WITHHELD)
    found = Axe().run(visitor.page, context="iframe.tool")
    assert found.violations_count == 0, found.generate_report()
    shoot(visitor, f"cookies-{'proven' if status == 200 else 'withheld'}")
    window = open_window(visitor)
    heading(window, "Pick how you will show it")
    window.get_by_role("radio", name=POSTER).check()
    window.get_by_role("button", name="Go on with this way").click()
    heading(window, POSTER)


def test_a_window_that_nobody_opened_says_what_to_do(school: Browsers) -> None:
    visitor = school.be("Devon Price", BIOLOGY, allowed)
    visitor.page.goto(f"{school.demo.tool_url}/lti/window")
    heading(visitor.page, "Open the activity again")


def heard_in_the_end(page: Page, url: str) -> set[str]:
    """What the page around ours was sent, until ours gave up and offered a window."""
    page.goto(url)
    page.wait_for_function(ASKED, timeout=PATIENCE)  # before that the page only says what it will say at the end
    inside = page.frame_locator("iframe[name=in]").get_by_role("heading", level=1)
    expect(inside).to_have_text(WITHHELD, timeout=PATIENCE)
    return set(page.evaluate("window.heard")) - {"lti.frameResize"}


def test_a_hostile_page_around_ours_signs_nobody_in_as_the_attacker(apart: Demo, page: Page) -> None:
    """It sends the attacker's own launch into its frame, and answers with the secret that would prove it."""
    launch, secret = launch_of(apart, "Clara Jensen", BIOLOGY)
    posted = []
    page.on("request", lambda asked: posted.append(asked.url) if asked.method == "POST" else None)
    with serving(HOSTILE, secret) as around:
        around.send_into_a_frame("post", f"{apart.tool_url}/lti/launch", launch)
        assert heard_in_the_end(page, around.url) == {"lti.capabilities"}
    assert len(posted) == 1  # no second one, with a proof
    page.goto(f"{apart.tool_url}/lti/signed-in")
    assert page.inner_text("body").strip() == '{"mark":""}'


def test_a_hostile_page_around_a_login_hears_no_secret(apart: Demo, page: Page) -> None:
    login = {"iss": f"{apart.lms_url}/canvas", "login_hint": "h", "lti_storage_target": "_parent"}
    with serving(HOSTILE, "planted") as around:
        around.send_into_a_frame("get", f"{apart.tool_url}/lti/login", login)
        assert heard_in_the_end(page, around.url) == {"lti.capabilities"}


def test_a_hostile_page_gives_our_window_no_code(apart: Demo, page: Page) -> None:
    with serving(HOSTILE) as around:
        page.goto(around.url)
        with page.context.expect_page() as opened:
            page.evaluate("(url) => { window.opened = window.open(url); }", f"{apart.tool_url}/lti/window")
        window = opened.value
        heading(window, "One moment …")
        window.evaluate("addEventListener('message', () => { window.told = true; })")
        page.evaluate("opened.postMessage({ subject: 'third_option.hand_over', code: 'of the attacker' }, '*')")
        window.wait_for_function("window.told")
        assert window.locator("[name=code]").input_value() == ""


@pytest.mark.parametrize("target", ["_parent", "no_such_frame"])
def test_a_page_that_keeps_things_itself_is_asked_where_no_frame_does(apart: Demo, page: Page, target: str) -> None:
    """Canvas's editor has no frame beside ours. Its page answers nothing about what it can, and keeps things all the
    same: the login goes on to the authorisation address."""
    with serving(HONEST) as around:
        words = {"issuer": f"{around.url}/{target}", "client-id": "c", "deployment-id": "d"}
        words |= {f"{name}-url": f"{around.url}/{name}" for name in ("auth-login", "auth-token", "jwks")}
        apart.run_flask("lti", "add-platform", *(f"--{name}={value}" for name, value in words.items()))
        login = {"iss": words["issuer"], "client_id": "c", "login_hint": "h", "lti_storage_target": target}
        around.send_into_a_frame("get", f"{apart.tool_url}/lti/login", login)
        with page.expect_request(f"{around.url}/auth-login?*", timeout=PATIENCE):
            page.goto(around.url)
        assert "lti.put_data" in page.evaluate("window.heard")
