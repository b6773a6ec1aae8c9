"""The blueprint of the news, the histories and the page about mail."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("notice", __name__, template_folder="templates")
