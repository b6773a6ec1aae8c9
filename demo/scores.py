"""LTI Assignment and Grade Services 2.0, score and result services; what a score does differs by manner."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from demo import canvas_scores, moodle_scores
from demo.base import Manner
from demo.line_items import ONE_OF_CANVAS, ONE_OF_MOODLE, require_column
from demo.platform import RESULT, SCORE, Platform
from demo.platforms import platform_of
from demo.school import now, store
from demo.score import Refusal
from demo.service import CANVAS, MOODLE, answer, page, refuse, require_accept, require_media
from demo.store import Cell, Column, ReceivedScore

bp = Blueprint("scores", __name__)
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"


@bp.post(f"{ONE_OF_CANVAS}/scores", defaults=CANVAS)
@bp.post(f"{ONE_OF_MOODLE}/scores", defaults=MOODLE)
def receive(course_id: int, number: int, manner: str) -> ResponseReturnValue:
    column = require_column(course_id, number, manner, SCORE)
    require_media(manner, SCORE_TYPE)
    body = request.get_json(force=True, silent=True)
    response = _take(manner, column, body)
    store().add(
        ReceivedScore(
            column_id=number, at=now(), body=body if isinstance(body, dict) else {}, status=response.status_code
        )
    )
    store().commit()
    return response


def _take(manner: str, column: Column, body: object) -> Response:
    platform = platform_of(manner)
    try:
        if not isinstance(body, dict):
            raise Refusal(400, "Incorrect score received")
        if manner == Manner.MOODLE:
            moodle_scores.take(platform, column, body)
            return Response(status=200, content_type="application/json; charset=utf-8")
        cell = canvas_scores.take(platform, column, body)
    except Refusal as refusal:
        store().rollback()
        return refuse(manner, refusal.status, str(refusal))
    store().flush()
    return answer({"resultUrl": platform.line_item_url(column, f"/results/{cell.id}")}, "application/json")


@bp.get(f"{ONE_OF_CANVAS}/results", defaults=CANVAS)
@bp.get(f"{ONE_OF_MOODLE}/results", defaults=MOODLE)
def results(course_id: int, number: int, manner: str) -> ResponseReturnValue:
    column = require_column(course_id, number, manner, RESULT)
    require_accept(manner, RESULTS_TYPE, anything=True)
    if manner == Manner.MOODLE and "limit" in request.args:  # broken in the real one, with a page of HTML
        return Response("<!DOCTYPE html><title>Error</title>Call to a member function out() on null", 404)
    platform = platform_of(manner)
    told = [_result(platform, cell) for cell in column.cells]
    if "user_id" in request.args:
        told = [result for result in told if result["userId"] == request.args["user_id"]]
    rows, links = page(manner, told, keep=("user_id", "type_id"))
    return answer(rows, RESULTS_TYPE, links)


def _result(platform: Platform, cell: Cell) -> dict[str, Any]:
    """Canvas gives null for a cleared score; Moodle leaves the member out, and says when."""
    told: dict[str, Any] = {
        "userId": platform.subject(cell.person),
        "resultMaximum": cell.column.maximum,
        "scoreOf": platform.line_item_url(cell.column),
    }
    if platform.manner is Manner.CANVAS:
        return told | {
            "id": platform.line_item_url(cell.column, f"/results/{cell.id}"),
            "resultScore": cell.score,
            "comment": None,
        }
    told["id"] = f"{platform.line_item_url(cell.column, '/results')}&user_id={cell.person_id}"
    if cell.score is not None:
        told["resultScore"] = cell.score
    if cell.scored_at:
        told["timestamp"] = cell.scored_at.isoformat()
    return told
