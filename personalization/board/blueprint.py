"""The blueprint that the queue, the class pages and a student's own list share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("board", __name__, template_folder="templates")
