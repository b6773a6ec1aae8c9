"""The frame beside a tool's, in Canvas's manner, that keeps for tools what browsers do not let them keep in a frame."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from demo.base import Manner
from demo.school import store
from demo.store import Tool

bp = Blueprint("storage", __name__)


@bp.get("/canvas/post_message_forwarding")
def frame() -> ResponseReturnValue:
    """Like Canvas's it lies on the origin of the authorisation address; what is kept lives as long as the page."""
    tools = store().scalars(select(Tool).where(Tool.manner == Manner.CANVAS))
    return render_template("demo/storage.html", origins=sorted({tool.origin for tool in tools}))
