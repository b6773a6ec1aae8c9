"""That a page is looked at: each kind of fault is told, with the element, also at a second look."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests import usable

GOOD = '<html lang="en"><head><title>A page</title></head><body><main><h1>A page</h1>{}</main></body></html>'


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ('<img src="/x.png">', "image-alt"),
        ('<input id="nameless">', "label"),
        ('<p style="color: #ccc; background: #fff">pale</p>', "color-contrast"),
    ],
)
def test_a_fault_is_told_with_its_element(page: Page, part: str, fault: str) -> None:
    page.set_content(GOOD.format("<p>All is well.</p>"))
    assert usable.report(page) == ""
    page.evaluate("part => document.querySelector('main').insertAdjacentHTML('beforeend', part)", part)
    found = usable.report(page)
    assert fault in found
    assert part[:4] in found
    assert usable.report(page, without="main > :last-child") == ""


def test_a_fault_of_the_page_as_a_whole_is_told(page: Page) -> None:
    page.set_content("<p>Words, and nothing around them.</p>")
    found = usable.report(page)
    assert [fault for fault in ("html-has-lang", "page-has-heading-one", "document-title") if fault not in found] == []
