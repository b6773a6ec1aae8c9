"""What axe finds wrong with a page in a browser: for who cannot see it, or uses no mouse."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# To name each element by a selector takes a fifth of the time, and is of use only where something is wrong.
UNNAMED = OPTIONS | {"selectors": False}
COUNT = "([context, options]) => axe.run(context, options).then(found => found.violations.length)"


def report(page: Page, without: str = "") -> str:
    """What is wrong, and with which elements; "" where nothing is.

    `without`: a selector of what is not looked at.
    """
    axe, context = Axe(), _context(without)
    if not page.evaluate("'axe' in window"):  # half a megabyte, once for all looks at one page
        page.evaluate(axe.axe_script)
    if not page.evaluate(COUNT, [context, UNNAMED]):
        return ""
    text: str = axe.run(page, context=context, options=OPTIONS).generate_report()
    return text


def _context(without: str) -> dict[str, Any]:
    return {"include": [["html"]], "exclude": [[without]] if without else []}
