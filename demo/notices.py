"""Canvas's notices: tools say where they want to be told of a copied course, and are told once (LTI Platform
Notification Service 1.0; Canvas documentation). Moodle has none."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from demo import library
from demo.canvas import NOTICE_KINDS, context_of
from demo.platform import LTI, NOTICES
from demo.platforms import platform_of
from demo.school import now, school, store, tool_of
from demo.store import Course, NoticeHandler, Tool
from demo.token import require_tool

bp = Blueprint("notices", __name__)
HANDLERS = "/canvas/api/lti/notice-handlers/<int:tool_id>"
CONTEXT_COPY = "LtiContextCopyNotice"
SECONDS = 5


@bp.get(HANDLERS)
def find(tool_id: int) -> ResponseReturnValue:
    tool = _asking(tool_id)
    there = {kind: store().get(NoticeHandler, (tool.id, kind)) for kind in NOTICE_KINDS}
    return {
        "client_id": tool.client_id,
        "deployment_id": tool.deployment_id,
        "notice_handlers": [
            {"notice_type": kind, "handler": handler.url if handler else ""} for kind, handler in there.items()
        ],
    }


@bp.put(HANDLERS)
def put(tool_id: int) -> ResponseReturnValue:
    """One handler for each kind; an empty one takes it away. It must lie on the tool's own host."""
    tool = _asking(tool_id)
    said = request.get_json(silent=True)
    kind, url = (said.get("notice_type"), said.get("handler")) if isinstance(said, dict) else (None, None)
    if kind not in NOTICE_KINDS or not isinstance(url, str):
        abort(400, "notice_type or handler is missing, or of no known kind.")
    if url and urlsplit(url).netloc != tool.domain:
        abort(422, "The handler must be on the tool's domain.")
    before = store().get(NoticeHandler, (tool.id, kind))
    if before:
        store().delete(before)
        store().flush()
    if url:
        store().add(NoticeHandler(tool_id=tool.id, kind=kind, url=url))
    store().commit()
    return {"notice_type": kind, "handler": url}


def tell_of_copy(course: Course) -> None:
    """Tell the tool of a copied course, once: like the real one, it is not tried again."""
    tool = tool_of(course)
    handler = store().get(NoticeHandler, (tool.id, CONTEXT_COPY)) if tool else None
    if tool is None or handler is None or course.copied is None:
        return
    body = {"notices": [{"jwt": _notice(tool, course)}]}
    try:
        answer = requests.post(handler.url, json=body, timeout=SECONDS, allow_redirects=False)
        current_app.logger.info("the tool answered a notice: %s", answer.status_code)
    except requests.RequestException as away:
        current_app.logger.info("the tool did not take a notice: %s", type(away).__name__)


def _asking(tool_id: int) -> Tool:
    tool = require_tool("canvas", NOTICES)
    if tool.id != tool_id:
        abort(404, "The specified resource does not exist.")
    return tool


def _notice(tool: Tool, course: Course) -> str:
    platform, origin = platform_of(course.manner), course.copied.origin if course.copied else course
    claims: dict[str, Any] = {
        f"{LTI}version": "1.3.0",
        f"{LTI}notice": {"id": str(uuid.uuid4()), "timestamp": f"{now():%Y-%m-%dT%H:%M:%SZ}", "type": CONTEXT_COPY},
        f"{LTI}deployment_id": tool.deployment_id,
        f"{LTI}context": context_of(course),
        f"{LTI}origin_contexts": [origin.context_id],
        "nonce": str(uuid.uuid4()),
    }
    return library.sign_notice(tool, platform.issuer, school().private_key, claims, platform.id_token_seconds)
