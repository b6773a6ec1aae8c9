"""What every answer says to the browser: who may frame it, what it may load, that it is nobody else's to keep."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g

from engine.config import Config


def init_app(app: Flask, config: Config) -> None:
    extras = config.frame_ancestors
    secure = config.secure

    def add(response: Response) -> Response:
        headers = response.headers
        if "Content-Security-Policy" not in headers:
            headers["Content-Security-Policy"] = _policy([*g.get("frame_origins", []), *extras])
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")  # Flask-WTF wants a Referer on https
        headers.setdefault("Permissions-Policy", "geolocation=(), payment=(), usb=()")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        if secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response

    app.after_request(add)


def nonce() -> str:
    """A CSP nonce for this answer, for the rare page that posts itself on."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _policy(ancestors: list[str]) -> str:
    """`g.form_targets` are origins that a page of this request may post a form to, such as the LMS's return address."""
    targets = " ".join(["'self'", *g.get("form_targets", [])])
    ways = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self'",
        "media-src": "'self'",
        "connect-src": "'self'",
        "form-action": targets,
        "base-uri": "'none'",
        "frame-ancestors": " ".join(["'self'", *ancestors]),
    }
    if "csp_nonce" in g:
        ways["script-src"] += f" 'nonce-{g.csp_nonce}'"
    return "; ".join(f"{name} {value}" for name, value in ways.items())
