"""The blueprint that the design page, the bank and the copies share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("activity", __name__, template_folder="templates")
