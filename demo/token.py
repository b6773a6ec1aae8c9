"""The OAuth 2 token endpoint (client_credentials with private_key_jwt) and the check of what it gave."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from demo import library, proof
from demo.base import Manner
from demo.platform import Platform
from demo.platforms import platform_of
from demo.school import school, store
from demo.store import Course, Tool

bp = Blueprint("token", __name__)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class NoToken(Exception):
    """Refused; the first argument is the OAuth error word, the second says why."""


@bp.post("/<any(canvas, moodle):manner>/token")
def give(manner: str) -> ResponseReturnValue:
    platform = platform_of(manner)
    try:
        if request.form.get("grant_type") != "client_credentials":
            raise NoToken("unsupported_grant_type", "only client_credentials")
        if request.form.get("client_assertion_type") != ASSERTION_TYPE:
            raise NoToken("invalid_request", "client_assertion_type is missing or unknown")
        tool = _authenticate(platform, request.form.get("client_assertion", ""))
        scopes = _grant(platform, tool, request.form.get("scope", "").split())
    except NoToken as refusal:
        word, why = refusal.args
        return {"error": word, "error_description": why}, 400
    response = make_response(library.access_token(tool, platform.issuer, school().private_key, scopes))
    response.headers["Cache-Control"] = "no-store"
    if platform.manner is Manner.MOODLE:
        response.content_type = "text/html; charset=utf-8"  # so does the real token.php
    return response


def _authenticate(platform: Platform, assertion: str) -> Tool:
    """The tool that signed the assertion, whose jti stays spent even if the request fails later."""
    tool = _tool(library.unverified_issuer(assertion), platform.manner)
    if tool is None:
        raise NoToken("invalid_client", "no such client")
    try:
        claims = proof.read(tool, assertion, platform.audiences, once="jti")
    except library.Unproven as why:
        raise NoToken("invalid_client", str(why)) from why
    store().commit()
    if claims.get("sub") != tool.client_id:
        raise NoToken("invalid_client", "sub is not the client_id")
    return tool


def _grant(platform: Platform, tool: Tool, wanted: list[str]) -> list[str]:
    """Moodle leaves out what it does not give; Canvas refuses the whole request."""
    granted = [scope for scope in wanted if scope in tool.scopes]
    if not granted or (platform.manner is Manner.CANVAS and granted != wanted):
        raise NoToken("invalid_scope", "a scope is unknown, or not this tool’s")
    return granted


def _tool(client_id: str, manner: Manner | str) -> Tool | None:
    return store().scalar(select(Tool).where(Tool.client_id == client_id, Tool.manner == Manner(manner)))


def require_token(course_id: int, manner: str, *any_of: str) -> tuple[Course, Tool]:
    """The course and the tool of a service call: 401 without a token of this platform holding one of these scopes, 404
    for a course that this platform does not have."""
    tool = require_tool(manner, *any_of)
    course = store().get(Course, course_id)
    if course is None or course.manner != manner:
        abort(404, "The specified resource does not exist.")
    return course, tool


def require_tool(manner: str, *any_of: str) -> Tool:
    """The tool of a service call: 401 without a token of this platform holding one of these scopes."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        abort(401, "An access token is needed.")
    try:
        client_id, scopes = library.read_access_token(token, platform_of(manner).issuer, school().private_key)
    except library.Unproven as why:
        abort(401, f"Invalid access token: {why}")
    tool = _tool(client_id, manner)
    if tool is None or not scopes & set(any_of):
        abort(401, "This access token is not for that.")
    return tool
