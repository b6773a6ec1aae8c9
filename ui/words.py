"""Words of templates in the viewer's language, found once for a request: a page of a thousand rows asks thousands of
times."""

from __future__ import annotations

from gettext import NullTranslations

from flask import Flask, g, has_request_context
from flask_babel import get_domain


def init_app(app: Flask) -> None:
    """After Flask-Babel, whose own functions ask anew each time which language it is."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of jinja2.ext.i18n, which it adds
        lambda text: _translations().gettext(text),
        lambda one, many, number: _translations().ngettext(one, many, number),
        newstyle=True,
    )


def _translations() -> NullTranslations:
    found: NullTranslations | None = g.get("translations") if has_request_context() else None
    if found is None:
        found = get_domain().get_translations()
        if has_request_context():
            g.translations = found
    return found
