"""What roster, line items and results have in common: media types, and pages with a Link header (RFC 8288)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, abort, request

from demo.base import Manner
from demo.platforms import platform_of
from demo.school import school

Row = TypeVar("Row")
MAX_PAGE = 50
# The defaults of each service route: the first part of its URL says whose it is.
CANVAS = {"manner": "canvas"}
MOODLE = {"manner": "moodle"}


def answer(body: Any, media_type: str, links: str = "", status: int = 200) -> Response:
    response = Response(json.dumps(body), status=status, content_type=f"{media_type}; charset=utf-8")
    if links:
        response.headers["Link"] = links
    return response


def refuse(manner: str, status: int, reason: str) -> Response:
    """A refusal with that reason phrase. Moodle's has an empty list for a body, Canvas's says the reason in it."""
    if manner == Manner.MOODLE:
        return Response("[]", status=f"{status} {reason}", content_type="application/json; charset=utf-8")
    kind = HTTPStatus(status).phrase.lower().replace(" ", "_")
    return Response(
        json.dumps({"errors": {"type": kind, "message": reason}}), status=status, content_type="application/json"
    )


def require_media(manner: str, media_type: str) -> None:
    """Refuse a body of another type with 415. Moodle compares the words and answers 400, as for a wrong path."""
    sent = request.headers.get("Content-Type", "").partition(";")[0].strip()
    if sent != media_type:
        abort(400 if manner == Manner.MOODLE else 415, f"No handler found for {request.path} {sent}")


def require_accept(manner: str, media_type: str, *, anything: bool) -> None:
    """Moodle compares Accept as text: one type without parameters. `anything`: whether this endpoint takes */*."""
    accept = request.headers.get("Accept", "")
    if manner == Manner.MOODLE and accept not in {"", media_type} and not (anything and accept == "*/*"):
        abort(400, f"No handler found for {request.path} {accept}")


def page(manner: str, rows: Sequence[Row], *, keep: Sequence[str] = ()) -> tuple[Sequence[Row], str]:
    """One page of the rows and its Link header, "" where there is none. `keep` names the filters that its URLs repeat.

    Canvas pages by `page`, always; Moodle by `limit` and `from`, and only when asked.
    """
    if not platform_of(manner).pages_unasked:
        return _moodle_page(rows, keep)
    size = min(_number("limit") or school().config.page_size, MAX_PAGE)
    number = max(_number("page") or 1, 1)
    last = max((len(rows) + size - 1) // size, 1)
    rels = [("current", number)] + ([("next", number + 1)] if number < last else []) + [("first", 1), ("last", last)]
    links = ",".join(f'<{_url(keep, page=target, limit=size)}>; rel="{rel}"' for rel, target in rels)
    return rows[(number - 1) * size : number * size], links


def _moodle_page(rows: Sequence[Row], keep: Sequence[str]) -> tuple[Sequence[Row], str]:
    limit, start = _number("limit"), _number("from") or 0
    if not limit:
        return rows[start:], ""
    more = start + limit < len(rows)
    return rows[
        start : start + limit
    ], f'<{_url(keep, limit=limit, **{"from": start + limit})}>; rel="next"' if more else ""


def _url(keep: Sequence[str], **words: int) -> str:
    kept = {name: request.args[name] for name in keep if name in request.args}
    return f"{request.base_url}?{urlencode(kept | words)}"


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() else None
