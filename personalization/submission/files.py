"""A stored file as an answer that can do nothing: no script, no style, no guessing of types. Whole, or a range."""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.datastructures import Range

from engine import outflow
from engine.db import db
from personalization.errors import NotHere
from personalization.people import access
from personalization.submission import goes, storage
from personalization.submission.blueprint import bp, store
from personalization.submission.media import disposition
from personalization.submission.model import Evidence

KEY = re.compile(r"[A-Za-z0-9_-]{1,80}")


@bp.get("/files/<key>/<name>")
def file(key: str, name: str) -> Response:
    """A draft's file is the student's alone; what was handed in is also for those who mark it, and their observer.

    `name` is what a browser shows; who may have it hangs on the key.
    """
    item = access.find(Evidence, goes.file_id(key) if KEY.fullmatch(key) else 0)
    choice = item.submission.choice
    if item.submission.is_draft:
        access.require_student(choice.activity.course_id, choice.student)
    else:
        access.require_reader(choice.student)
    piece = _asked_piece()
    span = piece.range_for_length(item.size) if piece else (0, item.size)
    if span is None:
        return Response("", HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{item.size}"})
    response = _answer(item, *span, download="download" in request.args)
    if piece:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response.headers["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{item.size}"
    return response


def _answer(item: Evidence, start: int, end: int, *, download: bool) -> Response:
    """Sound and pictures play in the page that shows them; everything else, and all with `download`, is saved."""
    db.session.expunge(item)
    db.session.rollback()  # the store may be slow: no connection waits for it
    try:
        body = storage.read(store(), item.storage_key or "", start, end)
    except FileNotFoundError:
        raise NotHere(_("This file is not here any more"), now=_("Ask for it to be added again.")) from None
    response = Response(body, HTTPStatus.OK)
    if end - start > outflow.LONG:
        outflow.long(response)
    headers = response.headers
    headers["Content-Length"] = str(end - start)
    headers["Accept-Ranges"] = "bytes"
    headers["Content-Type"] = item.media_type + ("; charset=utf-8" if item.media_type.startswith("text/") else "")
    headers.set(
        "Content-Disposition", "inline" if item.plays_as and not download else "attachment", **disposition(item.title)
    )
    headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    headers["X-Content-Type-Options"] = "nosniff"
    return response


def _asked_piece() -> Range | None:
    """The one range of bytes that a player asked for. Anything odder gets the whole file, and so does If-Range: we give
    nothing out that it could name."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1 or "If-Range" in request.headers:
        return None
    return asked
