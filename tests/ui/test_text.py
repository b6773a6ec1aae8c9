"""Names, points, and people's Markdown: readable, and unable to do harm."""

from __future__ import annotations

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ui.text import TAGS, initials, markdown, points


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amara Diallo", "AD"),
        ("Linh Phạm", "LP"),
        ("José María García Márquez", "JM"),
        ("Jun-ho Park", "JP"),
        ("(Mia) Thompson", "MT"),
        ("Zoe\u0308", "Z"),
        ("e\u0301milie", "É"),
        ("Student 7F3C", "S7"),
        ("", "?"),
        ("– –", "?"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("value", "locale", "words"),
    [
        (Decimal("14.00"), "en", "14"),
        (Decimal("13.50"), "en", "13.5"),
        (13.335, "en", "13.34"),
        (0, "en", "0"),
        (1000, "en", "1,000"),
        (Decimal("13.50"), "de", "13,5"),
    ],
)
def test_points_carry_no_empty_decimals(app: Flask, value: Decimal | float, locale: str, words: str) -> None:
    with app.test_request_context(query_string={"locale": locale}):
        assert points(value) == words


def test_markdown_keeps_what_students_write() -> None:
    html = markdown("# Roses\nare *red*\nand **blue**\n\n3. three\n4. four\n\n> quote\n\n`code`")
    assert "<h3>Roses</h3>" in html  # the page has its own h1 and h2
    assert "are <em>red</em><br>\nand <strong>blue</strong>" in html
    assert '<ol start="3">' in html
    assert "<blockquote>" in html
    assert "<code>code</code>" in html


def test_second_level_headings_stay_below_the_first() -> None:
    assert markdown("Title\n=====\n\nPart\n----\n\n###### deep") == ("<h3>Title</h3>\n<h4>Part</h4>\n<h6>deep</h6>\n")


def test_links_open_beside_the_tool_and_vouch_for_nothing() -> None:
    link = BeautifulSoup(markdown("[pond](https://pond.example/a?b=1)"), "html.parser").a
    assert link is not None
    assert link.attrs == {"href": "https://pond.example/a?b=1", "target": "_blank", "rel": ["noopener", "nofollow"]}


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](/lti/launch)",
        "![x](https://tracker.example/pixel.png)",
        '<a href="https://x.example" style="position:fixed" onclick="alert(1)">x</a>',
        "<iframe src=https://x.example></iframe>",
        '[x](https://x.example "t\\" onmouseover=alert(1)")',
    ],
)
def test_hostile_markdown_does_nothing(hostile: str) -> None:
    _assert_harmless(markdown(hostile))


@given(st.text(alphabet="<>[]()!\"'`*#&;:/ax=\n script", max_size=80))
def test_no_text_gets_a_tag_or_attribute_past(source: str) -> None:
    _assert_harmless(markdown(source))


def test_nothing_written_is_nothing_shown() -> None:
    assert markdown(None) == markdown("") == ""


def _assert_harmless(html: str) -> None:
    for tag in BeautifulSoup(html, "html.parser").find_all(True):
        assert tag.name in TAGS
        assert set(tag.attrs) <= {"href", "target", "rel", "start"}
        assert str(tag.get("href", "https:")).startswith(("https:", "http:", "mailto:"))
