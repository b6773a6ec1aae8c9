"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, jsonify, make_response
from sqlalchemy.exc import SQLAlchemyError

from engine.db import db
from engine.migrate import alembic_config

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> Response:
    """The database answers and has the shape that this code needs; else 503 with the reason."""
    try:
        with db.engine.connect() as connection:
            at = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError:
        return make_response(jsonify(status="down", reason="the database does not answer"), 503)
    heads = ScriptDirectory.from_config(alembic_config()).get_heads()
    if set(at) != set(heads):
        return make_response(jsonify(status="down", reason="the database waits for `flask db upgrade`"), 503)
    return jsonify(status="ok")
