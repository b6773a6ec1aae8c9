"""What every answer says to the browser: who may frame it, what it may load, that it is nobody else's to keep."""

from __future__ import annotations

import secrets
from functools import lru_cache

from flask import Flask, Response, g, request

from engine.config import Config

# What no page of ours asks a browser for, so that nothing that slipped into one can either.
NEVER_ASKED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",  # Flask-WTF wants a Referer on https
    "Permissions-Policy": ", ".join(f"{name}=()" for name in NEVER_ASKED),
    "Cache-Control": "no-store",
}
REMEMBERED = 1000  # characters of all who may frame an answer whose policy is remembered
# Not for subdomains: whoever runs the tool on a bare domain may have others there without https.
ON_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


def init_app(app: Flask, config: Config) -> None:
    """Give every answer its headers, those of errors and static files too; what a view set itself stays.

    There is no Cross-Origin-Opener-Policy: an LMS that opened us in a window hears from it when a dialogue is done, and
    our own frame hands a sign-in over to the window that it opened. Either would be cut off, and nothing of ours can
    be read through `window.opener` by another origin.
    """
    extras = config.frame_ancestors
    always = [(name.lower(), (name, value)) for name, value in (ALWAYS | (ON_HTTPS if config.secure else {})).items()]

    def add(response: Response) -> Response:
        headers = response.headers
        said = {name.lower() for name, _value in headers}
        new = [header for name, header in always if name not in said]
        if "content-security-policy" not in said:
            ancestors, targets = (*g.get("frame_origins", ()), *extras), tuple(g.get("form_targets", ()))
            is_usual = sum(map(len, ancestors)) <= REMEMBERED and "csp_nonce" not in g
            policy = _policy if is_usual else _policy.__wrapped__  # memory is not for others to fill
            new.append(("Content-Security-Policy", policy(ancestors, targets, g.get("csp_nonce", ""))))
        if "cross-origin-resource-policy" not in said:
            new.append(("Cross-Origin-Resource-Policy", "cross-origin" if _is_public() else "same-origin"))
        headers.extend(new)
        return response

    app.after_request(add)


def _is_public() -> bool:
    """Static files are the same for everybody."""
    return (request.endpoint or "").rpartition(".")[2] == "static"


def nonce() -> str:
    """A CSP nonce for this answer, for the rare page that posts itself on."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


@lru_cache(maxsize=500)
def _policy(ancestors: tuple[str, ...], targets: tuple[str, ...], csp_nonce: str) -> str:
    """`g.form_targets` are origins that a page of this request may post a form to, such as the LMS's return address."""
    ways = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self'",
        "media-src": "'self'",
        "connect-src": "'self'",
        "form-action": " ".join(["'self'", *targets]),
        "base-uri": "'none'",
        "frame-ancestors": " ".join(["'self'", *ancestors]),
    }
    if csp_nonce:
        ways["script-src"] += f" 'nonce-{csp_nonce}'"
    return "; ".join(f"{name} {value}" for name, value in ways.items())
