"""Words in the viewer's language. Which one that is, is found once for a request: Flask-Babel asks anew for each word,
and a page of a class says hundreds."""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations

from babel import Locale
from flask import Flask, g, has_request_context
from flask_babel import Domain, get_locale

ENGLISH = Locale("en")


def init_app(app: Flask) -> None:
    """After Flask-Babel, whose own words these take the place of."""
    words = _Words()  # type: ignore[no-untyped-call]  # Flask-Babel says nothing of types there
    app.before_request(words.as_default)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of jinja2.ext.i18n, which it adds
        lambda text: words.get_translations().gettext(text),
        lambda one, many, number: words.get_translations().ngettext(one, many, number),
        newstyle=True,
    )


def locale() -> Locale:
    """The viewer's, English where nobody looks."""
    if not has_request_context():
        return get_locale() or ENGLISH
    found: Locale | None = g.get("locale")
    if found is None:
        found = g.locale = _known(get_locale() or ENGLISH)
    return found


@lru_cache(maxsize=100)
def _known(locale: Locale) -> Locale:
    """The same one for the same language: what is kept by it compares it a hundred times a page."""
    return locale


class _Words(Domain):
    """Those of messages.po, of all languages; kept from one request to the next."""

    def get_translations(self) -> NullTranslations:
        found: NullTranslations | None = g.get("translations") if has_request_context() else None
        if found is None:
            found = super().get_translations()  # type: ignore[no-untyped-call]
            if has_request_context():
                g.translations = found
        return found
