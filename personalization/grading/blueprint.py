"""The blueprint that marking and a student's result share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("grading", __name__, template_folder="templates")
