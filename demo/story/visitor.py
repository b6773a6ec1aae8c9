"""Somebody of Riverbend School, who opens pages and presses what is on them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import requests

from demo.story.page import Broken, Button, Form, Page, Value

TOOL = "Third Option"
SECONDS = 30  # for one answer
MOST_HOPS = 5  # of forms that go by themselves, one after the other


class Visitor:
    """One person at a browser of their own, without a screen and without scripts. `page` is where they are.

    Whatever goes wrong on the way raises Broken. `certificate` is believed where the tool speaks https.
    """

    def __init__(self, lms_url: str, name: str, certificate: Path | None = None) -> None:
        self.name = name
        self._lms_url = lms_url
        self._course_url = ""
        self._browser = requests.Session()
        self._browser.trust_env = False  # both servers are on this machine: no proxy leads there
        self._browser.verify = str(certificate) if certificate else True
        self._browser.headers["Connection"] = "close"  # between two visits the server would hang up anyway
        self.page = Page(lms_url, "")

    def arrive(self, course: str = "") -> None:
        """Press one's name on the school's front page, under a course if one is in several or in none."""
        self._go(self._lms_url)
        self.press(f"Be {self.name}, * in {course}" if course else self.name)
        self._course_url = self.page.url

    def to_course(self) -> None:
        self._go(self._course_url)

    def open(self, activity: str) -> None:
        """Open an activity from the course page, as at the start of every visit."""
        self.to_course()
        self.follow(activity)
        self.enter_frame()

    def open_course_page(self) -> None:
        """The tool in the course's own menu."""
        self.to_course()
        self.follow(TOOL)
        self.enter_frame()

    def enter_frame(self) -> None:
        if not self.page.frame:
            raise Broken(f"{self.page} has no frame")
        self._go(self.page.frame)

    def follow(self, link: str) -> None:
        """Follow the first link with such words; * stands for any."""
        self._go(self.page.link(link))

    def press(self, words: str, fields: Mapping[str, Value] | None = None) -> None:
        """Fill a form and press its button with such words; * stands for any."""
        form, button = self.page.form(words, set(fields or {}))
        self._send(form, button, fields or {})

    def leave_typed(self, fields: Mapping[str, Value]) -> None:
        """Type into a form that saves itself, and go away."""
        form = next((one for one in self.page.forms if one.autosave and one.has(set(fields))), None)
        if form is None:
            raise Broken(f"{self.page} has no form that saves {sorted(fields)} by itself")
        for name, value in fields.items():
            form.fill(name, value)
        answer = self._ask("POST", form.autosave, data=form.fields(), headers={"X-Autosave": "1"})
        if not answer.ok:
            raise Broken(f"{form.autosave} did not save: HTTP {answer.status_code} {answer.text[:200]}")

    def _send(self, form: Form, button: Button | None, fields: Mapping[str, Value]) -> None:
        for name, value in fields.items():
            form.fill(name, value)
        pressed = [(button.name, button.value)] if button and button.name else []
        self._take(
            self._ask(
                "POST",
                (button and button.action) or form.action,
                data=[*form.fields(), *pressed],
                files=[(name, tuple(upload)) for name, upload in form.uploads()],
            )
        )

    def _go(self, url: str) -> None:
        self._take(self._ask("GET", url))

    def _take(self, answer: requests.Response) -> None:
        """Read the page, and send on what a script would have sent on."""
        for _hop in range(MOST_HOPS):
            self.page = Page(answer.url, answer.text)
            if not answer.ok:
                raise Broken(f"HTTP {answer.status_code}, {self.page} {' '.join(self.page.errors)}")
            form = next((one for one in self.page.forms if one.goes_by_itself), None)
            if form is None:
                return
            answer = self._ask("POST", form.action, data=form.fields())
        raise Broken(f"{self.page} goes on for ever")

    def _ask(self, method: str, url: str, **more: object) -> requests.Response:
        try:
            return self._browser.request(method, url, timeout=SECONDS, **more)  # type: ignore[arg-type]
        except requests.RequestException as away:
            raise Broken(f"{url} does not answer: {away}") from away
