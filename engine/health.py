"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response

from engine.migrate import obstacle

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> Response:
    """The database answers and has the shape that this code needs; else 503 with the reason."""
    if why := obstacle():
        return make_response(jsonify(status="down", reason=why), 503)
    return jsonify(status="ok")
