"""What a browser says of a request by itself, which no page can forge (Fetch Metadata, W3C; Origin, RFC 6454)."""

from __future__ import annotations

from flask import request

from lti.outgoing import origin_of
from lti.wiring import wiring

FRAMES = {"iframe", "frame", "embed", "object"}


def in_frame() -> bool:
    """Whether a page of somebody else's shows ours inside. Old browsers do not say, and count as a window."""
    return request.headers.get("Sec-Fetch-Dest") in FRAMES


def from_our_page() -> bool:
    """Whether a page of ours posted this. Whoever hides where it comes from ("null", nothing) is not believed."""
    same_origin = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return same_origin and request.headers.get("Origin") == origin_of(wiring().config.public_url)


def left_lax_cookies_behind() -> bool:
    """Whether this post comes from another site to a window: SameSite=Lax cookies exist, but stay at home then."""
    sent_as = (request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Dest"))
    return not wiring().config.secure and sent_as == ("cross-site", "document")
