"""People's texts, names and points, made ready for a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import nh3
from babel import Locale
from babel.numbers import format_decimal
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from ui.words import locale

TAGS = {"a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong", "ul"}


def _heading(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """A page has its own h1 and h2: what a person calls heading 1 becomes its h3."""
    token = tokens[index]
    token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    return renderer.renderToken(tokens, index, options, env)


def _parser() -> MarkdownIt:
    """CommonMark without HTML and without pictures: a page asks no third party for anything."""
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")
    parser.add_render_rule("heading_open", _heading)
    parser.add_render_rule("heading_close", _heading)
    return parser


PARSER = _parser()


def markdown(source: str | None) -> Markup:
    """A person's Markdown as HTML that can do no harm: few tags, links only to http, https and mailto."""
    cleaned = nh3.clean(
        PARSER.render(source or ""),
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Markup(cleaned)  # noqa: S704 (cleaned above)


def initials(name: str) -> str:
    """First letters of the first and the last word, for the square that stands in for a photo: "AD"."""
    firsts = [next((c for c in word if c.isalnum()), "") for word in unicodedata.normalize("NFC", name).split()]
    letters = [letter.upper() for letter in firsts if letter]
    return "".join(letters[:1] + letters[1:][-1:]) or "?"


def points(value: Decimal | float) -> str:
    """Points as people write them, at most two decimals and none for nothing: "14", "13.5"."""
    return _points(value, locale())


@lru_cache(maxsize=4096)
def _points(value: Decimal | float, locale: Locale) -> str:
    """Kept, since a class has few different ones, and each takes longer to say than to look up."""
    return format_decimal(value, format="#,##0.##", locale=locale)
