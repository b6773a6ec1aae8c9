"""Counts what a person does with the mouse, as the pages themselves see it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext

COUNT = """addEventListener("click", (event) => { if (event.isTrusted && event.detail) window.clicked(); }, true);"""


class Clicks:
    """Real clicks in all frames of a browser since it was made, or since `restart`."""

    def __init__(self, context: BrowserContext) -> None:
        self.count = 0
        context.expose_binding("clicked", self._clicked)
        context.add_init_script(COUNT)

    def restart(self) -> None:
        self.count = 0

    def _clicked(self, _source: dict[str, Any]) -> None:
        self.count += 1
