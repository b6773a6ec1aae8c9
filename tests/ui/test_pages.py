"""The layouts: valid HTML, one heading, unique ids, in the person's language and theme; and the error page."""

from __future__ import annotations

from collections import Counter

import html5lib
import pytest
from bs4 import BeautifulSoup
from flask import Flask

PAGES = ["/student", "/teacher", "/system", "/error", "/error?kept=my+words", "/draft", "/ui/gallery"]


def page(app: Flask, path: str) -> BeautifulSoup:
    response = app.test_client().get(path)
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html.parser")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_valid_html(app: Flask, path: str) -> None:
    html5lib.HTMLParser(strict=True).parse(app.test_client().get(path).text)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_h1_and_unique_ids(app: Flask, path: str) -> None:
    html = page(app, path)
    assert len(html.select("h1")) == 1
    assert [name for name, count in Counter(tag["id"] for tag in html.select("[id]")).items() if count > 1] == []


def test_a_page_says_its_language_direction_and_theme(app: Flask) -> None:
    html = page(app, "/system?locale=ar&theme=dark").html
    assert html is not None
    assert (html["lang"], html["dir"], html["data-theme"]) == ("ar", "rtl", "dark")


def test_a_language_tag_is_written_as_the_web_does(app: Flask) -> None:
    html = page(app, "/system?locale=pt_BR").html
    assert html is not None
    assert (html["lang"], html["dir"]) == ("pt-BR", "ltr")


def test_an_unknown_theme_is_the_devices(app: Flask) -> None:
    html = page(app, "/system?theme=pink").html
    assert html is not None
    assert "data-theme" not in html.attrs


def test_scripts_never_evaluate_nor_keep_pages(app: Flask) -> None:
    setting = page(app, "/system").select_one("meta[name=htmx-config]")
    assert setting is not None
    assert '"allowEval":false' in str(setting["content"])
    assert '"historyCacheSize":0' in str(setting["content"])  # no student's page in the browser's storage


def test_a_part_that_was_swapped_in_is_whole_at_once(app: Flask) -> None:
    """Until htmx settles a part, its forms bear the addresses of the part before: a key in between would go there."""
    setting = page(app, "/system").select_one("meta[name=htmx-config]")
    assert setting is not None
    assert '"defaultSettleDelay":0' in str(setting["content"])


def test_the_teachers_bar_names_this_page_and_what_waits(app: Flask) -> None:
    tabs = page(app, "/teacher").select("nav.tabs a")
    assert [tab.get_text(" ", strip=True) for tab in tabs] == ["Waiting 5 things wait for you", "Class", "Activities"]
    assert [tab.get("aria-current") for tab in tabs] == [None, "page", None]


def test_what_just_happened_is_told_once(app: Flask) -> None:
    toast = page(app, "/student").select_one(".toast[role=status]")
    assert toast is not None
    assert toast.get_text(strip=True) == "Sent to Ms. Okafor."
    assert page(app, "/teacher").select_one(".toast") is None


@pytest.mark.parametrize("template", ["ui/error.html", "ui/error_fragment.html"])
def test_an_error_gives_the_words_back_and_leads_on(app: Flask, template: str) -> None:
    html = page(app, f"/error?as={template}&kept=%3Cscript%3E+two%0Alines")
    kept = html.select_one("blockquote")
    assert kept is not None
    assert kept.get_text() == "<script> two\nlines"
    text = html.get_text(" ")
    for words in (
        "Linh changed the plan while you were reading",
        "Your answer was not sent.",
        "Read version 2.",
        "409-K7QM",
    ):
        assert words in text
    (link,) = html.select("main a, .note a")
    assert (link["href"], link.get_text()) == ("/student", "Open version 2")
