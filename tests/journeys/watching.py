"""What a browser must not do behind a journey's back: complain, ask strangers, meet a refusal nobody expected."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

NO_FAULTS = (
    # Of every answer from 400 on; `Watch` looks at the answers themselves.
    "Failed to load resource: the server responded with a status of",
    "Response Status Error Code ",
    # The attribute is for a window of the tool's own; inside the LMS's frame Chromium leaves the focus where it is.
    "Blocked autofocusing on a",
)


class Watch:
    """Collects what went wrong in all browsers of one test. `hosts` are the two servers: host and port."""

    def __init__(self, hosts: set[str]) -> None:
        self._hosts = hosts
        self._faults: list[str] = []
        self._expected: Counter[int] = Counter()
        self._seen: Counter[int] = Counter()

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def expect(self, status: int) -> None:
        """One answer of this status belongs to the journey."""
        self._expected[status] += 1

    def faults(self) -> list[str]:
        """All of them, an expected refusal that never came among them."""
        missed = self._expected - self._seen
        return [*self._faults, *(f"no answer {status} came" for status in missed.elements())]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(NO_FAULTS):
            self._faults.append(f"console: {message.text} ({message.page.url if message.page else ''})")

    def _error(self, error: WebError) -> None:
        self._faults.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc not in self._hosts:
            self._faults.append(f"asked a stranger: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._seen[response.status] += 1
            if self._seen[response.status] > self._expected[response.status]:
                self._faults.append(f"answer {response.status} at {response.url}")
