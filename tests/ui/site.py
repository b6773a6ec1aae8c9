"""A small app around ui/ alone: pages to look at, and ends for its scripts to talk to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Flask, Response, flash, g, redirect, render_template, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

import ui

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'"
)
SAVED_AT = datetime(2026, 11, 11, 1, 42, tzinfo=UTC)  # 7:42 pm in Chicago
TABS = [
    ("queue", "Waiting", "tray", "/student", 5),
    ("class", "Class", "people", "/teacher", 0),
    ("activities", "Activities", "pencil", "/teacher", 0),
]
DRAFT = """
{% extends 'ui/student.html' %}{% block title %}Draft{% endblock %}
{% block main %}<h1>Draft</h1>
<form method="post" action="/sent" class="stack" enctype="multipart/form-data" {{ m.autosave('/draft', saved_at) }}>
{{ m.csrf() }}<p data-saved="lines">0 of 3</p><label for="plan">Plan</label><textarea id="plan" name="plan"></textarea>
<label for="file">File</label><input type="file" id="file" name="file"><input type="hidden" name="zone" data-zone>
<button class="button quiet" name="words" value="1" data-fill="#plan" data-words="How will I see it?">See it</button>
<div class="decide">{{ m.saved(saved_at) }}<button class="button" name="do" value="send">Send</button></div></form>
<form method="post" action="/file" data-stays>{{ m.csrf() }}<button class="button">Download</button></form>
<p><a href="/student">Away</a></p>{% endblock %}
"""


@dataclass
class Site:
    """The app as served, and what it was sent: (path, {name: value}) in order."""

    url: str = ""
    posts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refusal: str = ""  # what /draft says instead of saving
    slowness: float = 0  # seconds until a POST is answered


@dataclass
class Problem:
    title: str = "Linh changed the plan while you were reading"
    message: str = "Your answer was not sent."
    now: str = "Read version 2."
    link: tuple[str, str] | None = ("/student", "Open version 2")
    kept: str = ""


def make_app(site: Site | None = None, *, testing: bool = True) -> Flask:
    """`ui/` on a bare app; the request's ?locale= and ?theme= decide how it reads and looks, the zone is Chicago's."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="ui-tests", TESTING=testing)
    Babel(app, locale_selector=lambda: request.args.get("locale", "en") if request else "en")
    CSRFProtect(app)
    ui.init_app(app)
    _add_pages(app)
    _add_ends(app, site or Site())

    @app.before_request
    def _who() -> None:
        g.zone, g.theme = "America/Chicago", request.args.get("theme", "")

    @app.after_request
    def _strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CSP
        return response

    return app


def layout(name: str, title: str, block: str = "main") -> str:
    """The source of a page that adds nothing but its title."""
    head = f"{{% extends 'ui/{name}.html' %}}{{% block title %}}{title}{{% endblock %}}"
    return f"{head}{{% block {block} %}}<h1>{title}</h1>{{% endblock %}}"


def _add_pages(app: Flask) -> None:
    @app.get("/student")
    def student() -> str:
        flash("Sent to Ms. Okafor.")
        source = layout("student", "Pick")
        return render_template_string(source, course="Biology 9B")

    @app.get("/teacher")
    def teacher() -> str:
        source = layout("teacher", "Queue")
        return render_template_string(source, course="Biology 9B", tabs=TABS, tab="class")

    @app.get("/system")
    def system() -> str:
        source = layout("system", "Done", block="page")
        return render_template_string(source, place="For the LMS admin")

    @app.get("/error")
    def error() -> str:
        problem = Problem(kept=request.args.get("kept", ""))
        return render_template(request.args.get("as", "ui/error.html"), error=problem, number="409-K7QM")


def _add_ends(app: Flask, site: Site) -> None:
    @app.get("/draft")
    def draft() -> str:
        flash("Your idea is open again, with everything that you wrote before.")
        return render_template_string(DRAFT, course="Biology 9B", saved_at=SAVED_AT)

    @app.post("/draft")
    def save() -> ResponseReturnValue:
        site.posts.append(("/draft", dict(request.form)))
        time.sleep(site.slowness)
        if site.refusal:
            return {"status": site.refusal}, 409
        return {"status": "Saved at 7:45 pm.", "time": "7:45 pm", "lines": "1 of 3"}

    @app.post("/file")
    def file() -> Response:
        site.posts.append(("/file", dict(request.form)))
        return Response("a,b", headers={"Content-Disposition": "attachment; filename=table.csv"})

    @app.post("/sent")
    def sent() -> ResponseReturnValue:
        site.posts.append(("/sent", dict(request.form)))
        time.sleep(site.slowness)
        return redirect("/student", 303)
