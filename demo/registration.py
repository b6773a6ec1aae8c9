"""LTI Dynamic Registration 1.0, platform side, and the page from which an administrator begins it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from demo import library
from demo.base import Manner
from demo.platforms import platform_of
from demo.school import now, school, signed_in, store
from demo.store import Invitation, Person, Renewal, Tool

bp = Blueprint("registration", __name__)
TOKEN_LIFE = timedelta(hours=1)
TOOL_PART = "https://purl.imsglobal.org/spec/lti-tool-configuration"
REQUIRED = ("initiate_login_uri", "redirect_uris", "client_name", "jwks_uri")


class Unregistrable(Exception):
    """A registration request that is refused; the text is the word the tool gets."""


@bp.get("/tools")
def tools() -> ResponseReturnValue:
    _require_administrator()
    return render_template("demo/tools.html", tools=store().scalars(select(Tool).order_by(Tool.id)).all())


@bp.post("/tools")
def invite() -> ResponseReturnValue:
    """Take a tool's registration URL and open it as a real LMS does, with a token that works once.

    Moodle (seen) asks whether a tool of a known domain is to be updated, or added a second time.
    """
    _require_administrator()
    tool_url = request.form.get("registration_url", "").strip()
    manner = request.form.get("manner", "")
    if urlsplit(tool_url).scheme not in {"http", "https"} or manner not in set(Manner):
        abort(400, "Give the tool’s registration address, which begins with http:// or https://, and one platform.")
    way, known = request.form.get("way", ""), _known(Manner(manner), tool_url)
    if known is not None and way not in {"update", "new"}:
        return render_template("demo/known_tool.html", tool=known, tool_url=tool_url)
    invitation = Invitation(token=secrets.token_urlsafe(24), manner=Manner(manner), tool_url=tool_url, made_at=now())
    store().add(invitation)
    store().flush()
    if known is not None and way == "update":
        store().add(Renewal(token=invitation.token, tool=known))
    store().commit()
    return redirect(url_for(".adding", token=invitation.token), 303)


@bp.get("/tools/<token>")
def adding(token: str) -> ResponseReturnValue:
    _require_administrator()
    invitation = store().get(Invitation, token) or abort(404)
    return render_template("demo/adding_tool.html", invitation=invitation)


@bp.get("/tools/<token>/open")
def open_tool(token: str) -> ResponseReturnValue:
    """Send the browser to the tool, the query that its address already has kept."""
    _require_administrator()
    invitation = store().get(Invitation, token) or abort(404)
    configuration = school().config.base_url + url_for(".configuration", manner=invitation.manner.value)
    words = urlencode({"openid_configuration": configuration, "registration_token": token})
    joint = "&" if urlsplit(invitation.tool_url).query else "?"
    return redirect(f"{invitation.tool_url}{joint}{words}", 303)


@bp.get("/<any(canvas, moodle):manner>/.well-known/openid-configuration")
def configuration(manner: str) -> ResponseReturnValue:
    return jsonify(platform_of(manner).configuration())


@bp.get("/<any(canvas, moodle):manner>/jwks")
def jwks(manner: str) -> ResponseReturnValue:
    return jsonify(library.public_keys(school().private_key))


@bp.post("/<any(canvas, moodle):manner>/registration")
def register(manner: str) -> ResponseReturnValue:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    invitation = store().get(Invitation, token) if scheme.lower() == "bearer" else None
    if invitation is None or invitation.manner != manner:
        return "missing_registration_token", 401
    if invitation.spent_at or invitation.made_at + TOKEN_LIFE < now():
        return "token_already_used", 401
    sent = request.get_json(silent=True)
    asked = sent if isinstance(sent, dict) else {}
    renewal = store().get(Renewal, token)
    try:
        said = _said(Manner(manner), asked)
    except Unregistrable as refusal:
        return str(refusal), 400
    tool = renewal.tool if renewal else _new_tool(Manner(manner))
    for name, value in said.items():
        setattr(tool, name, value)
    invitation.spent_at = now()
    store().add(tool)
    store().commit()
    return jsonify(_answer(asked, tool))


def _require_administrator() -> Person:
    person = signed_in()
    if person is None or not person.administrator:
        abort(403, "Tools are added by the school’s administrator.")
    return person


def _known(manner: Manner, tool_url: str) -> Tool | None:
    """The newest tool of the address's domain, where the platform looks for one."""
    if manner is not Manner.MOODLE:
        return None
    query = select(Tool).where(Tool.manner == manner, Tool.domain == urlsplit(tool_url).netloc)
    return store().scalars(query.order_by(Tool.id.desc())).first()


def _new_tool(manner: Manner) -> Tool:
    """A tool with the names that the platform gives it."""
    canvas = manner is Manner.CANVAS
    return Tool(
        manner=manner,
        client_id=f"1{secrets.randbelow(10**13):013}" if canvas else secrets.token_urlsafe(11),
        deployment_id=f"106:{secrets.token_hex(20)}" if canvas else str(secrets.randbelow(900) + 1),
    )


def _said(manner: Manner, asked: dict[str, Any]) -> dict[str, Any]:
    """The columns of a tool that a request fills in.

    Raises:
        Unregistrable: a member is missing or does not fit.
    """
    part = asked.get(TOOL_PART)
    part = part if isinstance(part, dict) else {}
    target = str(part.get("target_link_uri", ""))
    for name in REQUIRED:
        if not asked.get(name):
            raise Unregistrable(f"missing required attribute {name}")
    if "id_token" not in asked.get("response_types", []):
        raise Unregistrable("invalid_response_types")
    if asked.get("token_endpoint_auth_method") != "private_key_jwt":
        raise Unregistrable("invalid_token_endpoint_auth_method")
    if not part.get("domain"):
        raise Unregistrable("missing_domain")
    if urlsplit(target).netloc != part["domain"]:
        raise Unregistrable("domain_targetlinkuri_mismatch")
    wanted = str(asked.get("scope", "")).split()
    deep_links = [one for one in part.get("messages", []) if one.get("type") == "LtiDeepLinkingRequest"]
    return {
        "name": str(asked["client_name"]),
        "domain": str(part["domain"]),
        "login_url": str(asked["initiate_login_uri"]),
        "target_link_uri": target,
        "deep_link_uri": str((deep_links[0].get("target_link_uri") if deep_links else None) or target),
        "jwks_uri": str(asked["jwks_uri"]),
        "redirect_uris": [str(uri) for uri in asked["redirect_uris"]],
        "scopes": [scope for scope in platform_of(manner).scopes if scope in wanted],
        "claims": [str(claim) for claim in part.get("claims", [])],
        "custom": {str(key): str(text) for key, text in part.get("custom_parameters", {}).items()},
    }


def _answer(asked: dict[str, Any], tool: Tool) -> dict[str, Any]:
    said = platform_of(tool.manner).registered(tool)
    return asked | {
        "client_id": tool.client_id,
        "scope": said["scope"],
        TOOL_PART: asked[TOOL_PART] | said["lti"],
    }
