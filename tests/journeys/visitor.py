"""Somebody of Riverbend School at a browser of their own."""

from __future__ import annotations

import re

from playwright.sync_api import ElementHandle, Frame, FrameLocator, Locator, Page, expect

from demo.run import Demo
from tests.journeys.watching import Watch

TOOL = "iframe.tool"


class Visitor:
    """One person in one course. What they press in the LMS is done on `page`, in the tool on `tool`."""

    def __init__(self, page: Page, demo: Demo, watch: Watch, name: str, course: str, *, scripts: bool = True) -> None:
        self.page, self.demo, self.watch, self.name, self.course = page, demo, watch, name, course
        self.scripts = scripts
        self._course_url = ""

    @property
    def tool(self) -> FrameLocator:
        return self.page.frame_locator(TOOL)

    @property
    def board(self) -> Locator:
        """The chalkboard's heading: what this page of the tool is."""
        return self.tool.get_by_role("heading", level=1)

    @property
    def frame(self) -> Frame:
        """The tool's frame as it is now, to ask the page itself."""
        handle: ElementHandle | None = self.page.locator(TOOL).element_handle()
        frame = handle.content_frame() if handle else None
        assert frame is not None
        return frame

    def arrive(self) -> None:
        """Press one's name on the school's front page; the office's people, in no course, go on to it by themselves."""
        self.page.goto(self.demo.lms_url)
        card = self.page.get_by_role("region", name=self.course)
        office = self.page.get_by_role("button", name=self.name, exact=True)
        if office.is_visible():
            number = card.locator("[name=course]").first.input_value()
            office.click()
            expect(self.page.get_by_role("heading", level=1)).to_have_text("Tools")
            self.page.goto(f"{self.demo.lms_url}/courses/{number}")
        else:
            button = card.get_by_role("button", name=re.compile(rf"^Be {re.escape(self.name)}, "))
            students = card.locator("details")
            if not button.is_visible() and students.get_attribute("open") is None:
                students.locator("summary").click()
            button.click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.course)
        self._course_url = self.page.url

    def to_course(self) -> None:
        self.page.goto(self._course_url)

    def open(self, activity: str) -> FrameLocator:
        """Open an activity from the course page, as at the start of every visit."""
        self.to_course()
        self.page.get_by_role("link", name=activity, exact=True).last.click()
        return self.launched()

    def open_course_page(self) -> FrameLocator:
        """The tool in the course's own menu, where the LMS has one."""
        self.to_course()
        self.page.get_by_role("navigation").get_by_role("link", name="Third Option").click()
        return self.launched()

    def launched(self) -> FrameLocator:
        """Wait until the tool stands in its frame; without scripts, press the two buttons on the way there."""
        if not self.scripts:
            self.tool.get_by_role("button", name="Open Third Option").click()
            self.tool.get_by_role("button", name="Continue").click()
        expect(self.tool.get_by_text("Third Option", exact=True).first).to_be_visible()
        expect(self.board).to_be_visible()
        if self.scripts:
            self.frame.wait_for_load_state()  # a field changed before htmx is there renews nothing
        return self.tool

    def grades(self) -> Locator:
        """The rows of the LMS's own gradebook."""
        self.to_course()
        self.page.get_by_role("link", name="Grades", exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(f"Grades of {self.course}")
        return self.page.get_by_role("row")
