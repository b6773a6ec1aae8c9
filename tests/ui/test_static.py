"""Static files: what others wrote is what it says it is, nothing comes from elsewhere, all of it is kept long."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for

import ui
from ui.assets import STATIC, icons

VENDORED: list[dict[str, Any]] = json.loads((STATIC / "VENDORED.json").read_text())
STYLES = sorted(STATIC.glob("*.css"))
SCRIPTS = sorted(STATIC.glob("*.js"))


def cache_of(app: Flask, address: str) -> str:
    with app.test_client().get(address) as response:
        return response.headers["Cache-Control"]


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["package"])
def test_vendored_files_are_the_published_ones_with_their_licence(entry: dict[str, Any]) -> None:
    for name, digest in entry["files"].items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
    assert re.search(r"Zero-Clause BSD|SIL OPEN FONT LICENSE", (STATIC / entry["licence"]).read_text(), re.IGNORECASE)


def test_nothing_is_vendored_unnamed() -> None:
    named = {name for entry in VENDORED for name in [*entry["files"], entry["licence"]]}
    held = {p.relative_to(STATIC).as_posix() for folder in ("vendor", "fonts") for p in (STATIC / folder).iterdir()}
    assert held == named


def test_htmx_is_the_version_it_claims() -> None:
    (entry,) = [entry for entry in VENDORED if entry["package"] == "htmx.org"]
    assert f'version:"{entry["version"]}"' in (STATIC / "vendor/htmx.min.js").read_text()


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_styles_ask_only_for_files_that_are_here(style: Path) -> None:
    text = style.read_text()
    assert "@import" not in text
    for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", text):
        assert (STATIC / address).is_file(), address


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_hold_no_address_and_make_no_markup(script: Path) -> None:
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b"
    assert not re.search(rf"https?://|{markup}", script.read_text())


def test_a_files_address_names_its_content_and_is_kept_a_year(app: Flask) -> None:
    with app.test_request_context():
        address = url_for("ui.static", filename="tokens.css")
    digest = hashlib.sha256((STATIC / "tokens.css").read_bytes()).hexdigest()
    assert address.endswith(f"?v={digest[:12]}")
    assert cache_of(app, address) == "public, max-age=31536000, immutable"


def test_an_old_address_is_not_kept(app: Flask) -> None:
    for address in ("/ui/static/tokens.css", "/ui/static/tokens.css?v=000000000000"):
        assert "immutable" not in cache_of(app, address)


def test_fonts_are_kept_too_though_the_style_sheet_names_no_content(app: Flask) -> None:
    assert "immutable" in cache_of(app, "/ui/static/fonts/atkinson.woff2")


def test_a_missing_file_is_not_kept(app: Flask) -> None:
    response = app.test_client().get("/ui/static/fonts/none.woff2")
    assert response.status_code == 404
    assert "immutable" not in response.headers.get("Cache-Control", "")


def test_while_debugging_addresses_stay_plain() -> None:
    app = Flask(__name__)
    app.debug = True
    ui.init_app(app)
    with app.test_request_context():
        assert url_for("ui.static", filename="tokens.css") == "/ui/static/tokens.css"


def test_the_forty_icons_and_those_added_are_all_read() -> None:
    assert len(icons()) == (STATIC / "icons.svg").read_text().count("<symbol") >= 40
