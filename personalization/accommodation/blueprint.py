"""The blueprint of what is arranged for single students."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("accommodation", __name__, template_folder="templates")
