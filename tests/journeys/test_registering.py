"""The office adds the tool once more, in a browser: asked, renewed, read what was allowed, closed by one press."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.base import Manner
from demo.roster import OFFICE
from demo.run import Demo
from demo.store import Tool
from tests.journeys.visitor import TOOL
from tests.journeys.watching import Watch


def clients(demo: Demo) -> list[str]:
    with Session(demo.school.engine) as session:
        return list(session.scalars(select(Tool.client_id).where(Tool.manner == Manner.MOODLE).order_by(Tool.id)))


def paste(page: Page, address: str) -> None:
    """Hand the tool's address to the office's Moodle, which knows that domain, and have it updated."""
    page.get_by_label("The tool’s registration address").fill(address)
    page.get_by_label("Moodle").check()
    page.get_by_role("button", name="Open the tool and register").click()
    page.get_by_role("button", name="Update it").click()


def test_the_office_updates_the_tool_and_closes_its_page(
    demo: Demo, contexts: Callable[..., BrowserContext], watch: Watch
) -> None:
    before = clients(demo)
    page = contexts().new_page()
    page.goto(demo.lms_url)
    page.get_by_role("button", name=OFFICE, exact=True).click()
    invite = next(word for word in demo.run_flask("lti", "invite").split() if word.startswith("http"))
    paste(page, invite)
    tool = page.frame_locator(TOOL)
    expect(tool.get_by_role("heading", level=1)).to_have_text("Updated at localhost")
    expect(tool.get_by_role("listitem").filter(has_text="Class list")).to_contain_text("Allowed")
    assert before[-1] in tool.locator("main").inner_text()
    tool.get_by_role("button", name="Close this window").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tools")
    assert clients(demo) == before

    paste(page, invite)  # spent, and good for what it registered
    expect(tool.get_by_role("heading", level=1)).to_have_text("Updated at localhost")
    assert clients(demo) == before

    page.goto(invite)  # as it is, without the frame
    expect(page.get_by_role("heading", level=1)).to_have_text("Updated at localhost")
    expect(page.get_by_role("button", name="Close this window")).to_be_hidden()  # nobody would listen
    assert Axe().run(page).violations_count == 0

    page.goto(f"{demo.lms_url}/tools")
    watch.expect(400)
    paste(page, f"{demo.tool_url}/lti/register?invite=cut-off")
    expect(tool.get_by_role("heading", level=1)).to_have_text("Registration did not work")
    expect(tool.locator("main")).to_contain_text("This invite is unknown.")
