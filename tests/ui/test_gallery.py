"""The gallery in a real browser: reachable for everyone, at every width, light and dark, and asking nobody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests import usable
from tests.ui.site import Site, make_app

PAGES = ["/ui/gallery", "/student", "/teacher", "/error?kept=my+words", "/draft"]


def test_production_has_no_gallery() -> None:
    assert make_app(testing=False).test_client().get("/ui/gallery").status_code == 404


@pytest.mark.parametrize("width", [1100, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_is_accessible_and_fits(browser: Browser, site: Site, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",  # what moves has no fixed contrast
    )
    page = context.new_page()
    troubles = _listen(page, site)
    for path in PAGES:
        page.goto(site.url + path)
        assert usable.report(page) == "", path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} scrolls sideways"
    assert troubles == []
    context.close()


def test_the_fonts_and_tokens_are_in_use(page: Page, site: Site) -> None:
    page.goto(site.url + "/ui/gallery")
    page.wait_for_function("document.fonts.check('17px Atkinson') && document.fonts.check('600 20px Shantell')")
    assert page.locator(".board").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(18, 68, 56)"
    assert "Shantell" in page.locator("h2.hand").evaluate("e => getComputedStyle(e).fontFamily")


def test_the_person_s_theme_wins_over_the_device(browser: Browser, site: Site) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(site.url + "/system?theme=dark")
    assert page.locator("html").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(15, 29, 25)"
    context.close()


def test_a_scale_shows_the_words_of_the_level_that_is_picked(page: Page, site: Site) -> None:
    page.goto(site.url + "/ui/gallery")
    scale = page.locator("fieldset", has_text="Clear").last
    assert scale.locator(".level-words:visible").count() == 0
    scale.get_by_role("radio").nth(1).check()
    assert scale.locator(".level-words:visible").inner_text() == "Getting there. Says what changes"


def _listen(page: Page, site: Site) -> list[str]:
    """What goes wrong while pages load: script errors, CSP violations, requests to anyone else."""
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(site.url) else troubles.append(request.url))
    return troubles
