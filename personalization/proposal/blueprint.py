"""The blueprint that the talk about an idea and the page of an agreement share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("proposal", __name__, template_folder="templates")
