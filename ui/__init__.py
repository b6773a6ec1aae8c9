"""How it looks: layout, macros, styles, fonts, icons, small scripts, and filters that put dates and texts into words.

A page extends `ui/student.html`, `ui/teacher.html` or `ui/system.html` and uses the macros of `ui/m.html` as `m`; a
fragment imports that file itself. Nothing here knows the rest of the house.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app, request

from ui import dates, text, words
from ui.addresses import address
from ui.assets import fingerprints, icons
from ui.autosave import saved
from ui.diff import diff
from ui.fields import errors_of, own_errors
from ui.gallery import show
from ui.page import page_language, theme

__all__ = ["diff", "init_app", "saved"]

ONE_YEAR = 31_536_000  # seconds
FINGERPRINTS = fingerprints()

bp = Blueprint("ui", __name__, static_folder="static", static_url_path="/ui/static", template_folder="templates")
bp.add_url_rule("/ui/gallery", "gallery", show)


def init_app(app: Flask) -> None:
    """Register the static files, the gallery, the filters, and the globals that `ui/m.html` leans on."""
    app.register_blueprint(bp)
    words.init_app(app)
    app.jinja_env.globals.update(
        ICONS=icons(),
        address=address,
        diff=diff,
        errors_of=errors_of,
        own_errors=own_errors,
        page_language=page_language,
        theme=theme,
    )
    app.jinja_env.filters.update(
        when=dates.when,
        dated=dates.dated,
        day=dates.day,
        clock=dates.clock,
        iso=dates.iso,
        relative=dates.relative,
        early_or_late=dates.early_or_late,
        zone_name=dates.zone_name,
        initials=text.initials,
        points=text.points,
        markdown=text.markdown,
    )


@bp.url_defaults
def _name_the_content(endpoint: str, values: dict[str, Any]) -> None:
    """Put a static file's fingerprint into its address; not while debugging, when files change under a running tool."""
    if endpoint == "ui.static" and not current_app.debug and (mark := FINGERPRINTS.get(values["filename"])):
        values.setdefault("v", mark)


@bp.after_request
def _keep_long(response: Response) -> Response:
    """Let browsers keep for a year what never changes under its address.

    The style sheet asks for fonts without a fingerprint; VENDORED.json pins their content, a new font takes a new name.
    """
    if request.endpoint == "ui.static" and response.status_code in {200, 304}:
        filename = (request.view_args or {})["filename"]
        if filename.startswith("fonts/") or request.args.get("v") == FINGERPRINTS.get(filename, ""):
            response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
    return response
