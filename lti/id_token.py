"""Reads the parts of an id_token before anything in it is believed: strictly, so that no two readers of the same text
could take it for different launches."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from flask_babel import gettext as _

from lti.storable import fault_in

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS = DEEP_LINKING + "deep_linking_settings"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NAMES_AND_ROLES = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

# Claims that are JSON objects; null means absent (Canvas sends it).
OBJECTS = [CLAIM + name for name in ("resource_link", "context", "custom", "launch_presentation", "tool_platform",
                                     "for_user", "lis")] + [SETTINGS, ENDPOINT, NAMES_AND_ROLES]  # fmt: skip
TEXTS = ["iss", "nonce", "sub", *(CLAIM + name for name in ("deployment_id", "target_link_uri", "message_type"))]

# What names a row of ours, by the way to it: it is kept as it is or not at all.
IDENTIFIERS = [("sub",), (CLAIM + "deployment_id",), (CLAIM + "context", "id"), (CLAIM + "resource_link", "id"),
               (CLAIM + "for_user", "user_id")]  # fmt: skip
ADDRESSES = [
    (ENDPOINT, "lineitem"),
    (ENDPOINT, "lineitems"),
    (NAMES_AND_ROLES, "context_memberships_url"),
    (SETTINGS, "deep_link_return_url"),
]


class Malformed(Exception):
    """Not what LTI 1.3 asks for; the message says what, for an LMS admin."""


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims) of a token in three parts (RFC 7515, JWS Compact Serialization), signature unchecked.

    Header members that would lead to other keys (jku, jwk, x5u, x5c) are nowhere read.

    Raises:
        Malformed: no such token, or claims of another type than LTI gives them, or some that no database can keep.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise Malformed(_("the id_token has not three parts"))
    header, said = _decoded(parts[0], "header"), _decoded(parts[1], "payload")
    if "crit" in header:  # RFC 7515: whoever does not understand all that it names must refuse
        raise Malformed(_("the id_token’s header asks for extensions (crit)"))
    _check_types(said)
    if fault := fault_in(said, IDENTIFIERS, ADDRESSES, kept_whole=SETTINGS):
        raise Malformed(fault)
    return header, said


def _decoded(part: str, name: str) -> dict[str, Any]:
    try:
        if not BASE64URL.fullmatch(part):  # Python's own decoder skips what is none
            raise ValueError
        text = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True).decode()
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as bad:
        raise Malformed(_("the id_token’s %(part)s can’t be read", part=_part(name))) from bad
    if not isinstance(found, dict):
        raise Malformed(_("the id_token’s %(part)s is no JSON object", part=_part(name)))
    return found


def _part(name: str) -> str:
    return {"header": _("header"), "payload": _("payload")}[name]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7519 forbids a claim twice: the one reader takes the first, the other the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed(_("the id_token says the same thing twice"))
    return found


def _check_types(said: dict[str, Any]) -> None:
    for name in OBJECTS:
        if said.get(name, {}) is None:
            del said[name]
        elif not isinstance(said.get(name, {}), dict):
            raise Malformed(_("%(name)s is no object", name=short(name)))
    for name in TEXTS:
        if said.get(name) is not None and not isinstance(said[name], str):
            raise Malformed(_("%(name)s is no text", name=short(name)))
    if said.get(CLAIM + "roles") is not None and not isinstance(said[CLAIM + "roles"], list):
        raise Malformed(_("%(name)s is no list", name="roles"))


def short(claim: str) -> str:
    """A claim's name without the address in front of it, as admins know it."""
    return claim.rpartition("/")[2]
