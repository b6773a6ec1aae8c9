"""The blueprint of the page where a way is picked."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("choice", __name__, template_folder="templates")
