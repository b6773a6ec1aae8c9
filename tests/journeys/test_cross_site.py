"""Tool and LMS on different sites, as in life: the tool on https://localhost, the school on 127.0.0.1. In each world of
cookies a student picks a way, on platforms of both manners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserType, FrameLocator, Page, expect

from demo.run import Demo
from tests.journeys.apart import (
    CONTROL,
    Browsers,
    World,
    all_blocked,
    allowed,
    browsers,
    certificate,
    cookies_seen_by,
    open_window,
    third_party_blocked,
)
from tests.journeys.conftest import BIOLOGY, HISTORY
from tests.journeys.shots import shoot
from tests.journeys.steps import POSTER, TEACHER, publish
from tests.journeys.visitor import Visitor
from tests.machines import Shared

PORTS = (8721, 8821)
LAUNCHED = "Pick how you will show it"
WITHHELD = "Your browser does not let us in here"


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory, shared: Shared | None) -> Iterator[Demo]:
    folder, on = tmp_path_factory.mktemp("apart"), shared.of("cross-site") if shared else None
    pem = certificate(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(pem))
        with Demo(folder, ports=PORTS, lms_host="127.0.0.1", certificate=pem, machines=on) as running:
            yield running


@pytest.fixture(scope="module")
def published(
    apart: Demo,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """An activity in both courses, by a teacher whose browser keeps everything."""
    folder = tmp_path_factory.mktemp("teacher")
    with browsers(browser_type, browser_type_launch_args, apart, folder) as school:
        for course in (BIOLOGY, HISTORY):
            publish(school.be(TEACHER, course, allowed), "Apart")


@pytest.fixture
def school(
    apart: Demo,
    published: None,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Browsers]:
    folder = tmp_path_factory.mktemp("students")
    with browsers(browser_type, browser_type_launch_args, apart, folder) as made:
        yield made


def pick_in(place: Page | FrameLocator) -> None:
    heading = place.get_by_role("heading", level=1)
    expect(heading).to_have_text(LAUNCHED)
    place.get_by_role("radio", name=POSTER).check()
    place.get_by_role("button", name="Go on with this way").click()
    expect(heading).to_have_text(POSTER)


def hears(student: Visitor, text: str) -> None:
    expect(student.board).to_have_text(text)


@pytest.mark.parametrize(
    ("world", "control", "names"),
    [(allowed, CONTROL, ("Abena Owusu", "Alma Reyes")), (third_party_blocked, "", ("Clara Jensen", "Andre Wilson"))],
)
def test_a_partitioned_cookie_comes_back_whether_or_not_others_are_kept(
    school: Browsers, world: World, control: str, names: tuple[str, str]
) -> None:
    for name, course in zip(names, (BIOLOGY, HISTORY), strict=True):
        student = school.be(name, course, world)
        pick_in(student.open("Apart"))
        assert cookies_seen_by(student.frame) == control


def test_where_none_is_kept_canvas_s_page_proves_the_launch_and_a_window_goes_on(school: Browsers) -> None:
    student = school.be("Devon Price", BIOLOGY, all_blocked)
    answers: list[str] = []
    student.page.on(
        "response", lambda answer: answers.append(f"{answer.request.method} {answer.url.partition('?')[0]}")
    )
    student.open("Apart")
    hears(student, WITHHELD)
    shoot(student, "cookies-proven")
    tool = school.demo.tool_url
    assert answers.count(f"POST {tool}/lti/launch") == 2  # the second one with the proof
    window = open_window(student)
    pick_in(window)
    assert "code" not in window.url
    expect(student.tool.get_by_role("status")).to_have_text("It is open in the new window. Leave this tab open too.")
    expect(student.tool.locator("[data-seconds]")).to_be_hidden()
    shoot(student, "cookies-handed-over")


def test_where_none_is_kept_and_moodle_keeps_nothing_a_window_begins_anew(school: Browsers) -> None:
    student = school.be("Benjamin Clark", HISTORY, all_blocked)
    school.watch.expect(400)
    student.open("Apart")
    hears(student, WITHHELD)
    shoot(student, "cookies-withheld")
    pick_in(open_window(student))


@pytest.mark.parametrize("course", [BIOLOGY, HISTORY])
def test_without_scripts_the_link_is_in_the_page(school: Browsers, course: str) -> None:
    name = {BIOLOGY: "Zachary Bell", HISTORY: "Chidi Okeke"}[course]
    student = school.be(name, course, all_blocked, scripts=False)
    if course == HISTORY:
        school.watch.expect(400)
    student.to_course()
    student.page.get_by_role("link", name="Apart", exact=True).click()
    student.tool.get_by_role("button", name="Open Third Option").click()
    hears(student, WITHHELD)
    window = open_window(student)
    window.get_by_role("button", name="Continue").click()
    pick_in(window)
