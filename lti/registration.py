"""Becoming known to a platform by one invite (LTI Dynamic Registration 1.0)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from flask_babel import gettext as _
from sqlalchemy import select

from engine.db import db
from lti import platform_keys, quirks
from lti.claims import part, text
from lti.errors import RegistrationRefused
from lti.models import CANVAS, Deployment, Invite, Platform
from lti.outgoing import Unreachable, ask, host_of, json_of, open_session, origin_of
from lti.records import ensure
from lti.storable import MOST_CHARACTERS
from lti.tool_configuration import CANVAS_PREFIX, PLATFORM, SCOPES, TOOL, address, registration_request

INVITE_LIFE = timedelta(days=14)


@dataclass(frozen=True)
class Registered:
    """What the page after a registration shows."""

    platform: Platform
    deployments: list[str]

    @property
    def pending(self) -> bool:
        return quirks.is_pending_till_activated(self.platform)

    def may(self, scope: str) -> bool:
        return scope in self.platform.scopes


def invite(now: datetime) -> str:
    """An address that registers one platform. The caller commits."""
    token = secrets.token_urlsafe(24)
    db.session.add(Invite(token_hash=_digest(token), created_at=now, expires_at=now + INVITE_LIFE))
    return f"{address('lti.register')}?invite={token}"


def register(said: Mapping[str, str], now: datetime) -> Registered | None:
    """Register by an invite; None where a person opened the address instead of pasting it into the LMS.

    A spent invite shows what it registered, so that a reload does no harm. The caller commits.

    Raises:
        RegistrationRefused: by us or by the platform; the invite stays good.
    """
    invited = _open_invite(said.get("invite", ""), now)
    if invited.platform_id is not None:
        return _registered(db.session.get_one(Platform, invited.platform_id))
    configuration = said.get("openid_configuration", "")
    if not configuration:
        return None
    invite_id = invited.id
    db.session.rollback()  # nothing is held over the network
    about, answer, keys = _negotiate(configuration, said.get("registration_token", ""))
    invited = db.session.scalars(select(Invite).where(Invite.id == invite_id).with_for_update()).one()
    if invited.platform_id is not None:
        return _registered(db.session.get_one(Platform, invited.platform_id))
    platform = _record(about, answer, now)
    platform.jwks, platform.jwks_fetched_at = keys, now if keys else None
    db.session.flush()
    invited.spent_at, invited.platform_id = now, platform.id
    return _registered(platform)


def _negotiate(configuration: str, token: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None]:
    """Read the platform's configuration, post ours: (configuration, answer, its keys or None if they are away)."""
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with open_session() as http:
            about = _json(ask(http, "GET", configuration, headers=bearer))
            for needed in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
                if not origin_of(text(about, needed)) and not (needed == "issuer" and text(about, needed)):
                    raise RegistrationRefused(_("The LMS’s configuration lacks “%(name)s”.", name=needed))
            request = registration_request(about)
            answer = _json(ask(http, "POST", about["registration_endpoint"], json=request, headers=bearer))
        if not text(answer, "client_id"):
            raise RegistrationRefused(_("The LMS answered without a client ID."))
    except Unreachable as away:
        raise RegistrationRefused(away.message) from away
    try:
        return about, answer, platform_keys.fetch(about["jwks_uri"])
    except Unreachable:
        return about, answer, None


def _json(answer: requests.Response) -> dict[str, Any]:
    """Moodle (seen) refuses with a bare word or a whole page; a bare word helps an admin, a page does not."""
    said = json_of(answer)
    if answer.status_code in {200, 201} and isinstance(said, dict):
        return said
    word = answer.text.strip() if len(answer.text) < 200 and "<" not in answer.text else ""
    if isinstance(said, dict):
        word = text(said, "error_description") or text(said, "error") or text(said, "message")
    raise RegistrationRefused(
        _("The LMS refused: %(why)s (answer %(status)s).", why=word or _("no reason given"), status=answer.status_code),
        now=_("Make a new registration in the LMS with the same invite; its own link works once."),
    )


def _record(about: dict[str, Any], answer: dict[str, Any], now: datetime) -> Platform:
    """A new platform's row. An invite never changes one that is there: whoever holds it could name another school's
    issuer and client ID, and bring keys of their own.

    Raises:
        RegistrationRefused: that issuer and client ID are registered, or too long for a registration.
    """
    issuer, client_id, tool = text(about, "issuer"), text(answer, "client_id"), part(answer, TOOL)
    if max(len(issuer), len(client_id)) > MOST_CHARACTERS:
        raise RegistrationRefused(_("The LMS’s issuer or client ID is too long."))
    if db.session.scalar(select(Platform.id).filter_by(issuer=issuer, client_id=client_id)) is not None:
        raise RegistrationRefused(
            _("%(issuer)s is registered with client ID “%(client)s” already.", issuer=issuer, client=client_id),
            now=_("To give it new addresses, whoever runs this tool uses `flask lti add-platform`."),
        )
    details = part(about, PLATFORM)
    platform = Platform(
        issuer=issuer,
        client_id=client_id,
        auth_login_url=text(about, "authorization_endpoint"),
        auth_token_url=text(about, "token_endpoint"),
        jwks_url=text(about, "jwks_uri"),
        token_audience=text(about, "authorization_server") or None,
        product_family=text(details, "product_family_code").lower()[:60],
        guid=text(details, CANVAS_PREFIX + "account_lti_guid")[:MOST_CHARACTERS],
        name=(text(details, CANVAS_PREFIX + "account_name") or _host(issuer))[:MOST_CHARACTERS],
        scopes=text(answer, "scope").split() or list(SCOPES),
        created_at=now,
    )
    db.session.add(platform)
    db.session.flush()
    deployment_id = (text(tool, "deployment_id") or text(answer, "deployment_id"))[:MOST_CHARACTERS]
    if deployment_id:
        ensure(db.session, Deployment, platform_id=platform.id, deployment_id=deployment_id)
    # Canvas makes further deployments under the same key; a platform that named none makes them later.
    platform.any_deployment = not deployment_id or platform.product_family == CANVAS
    return platform


def _registered(platform: Platform) -> Registered:
    found = db.session.scalars(select(Deployment.deployment_id).filter_by(platform_id=platform.id)).all()
    return Registered(platform, list(found))


def _open_invite(token: str, now: datetime) -> Invite:
    found = db.session.scalar(select(Invite).where(Invite.token_hash == _digest(token)))
    if found is None or (found.platform_id is None and found.expires_at < now):
        raise RegistrationRefused(
            _("This invite is unknown or too old."), now=_("Ask whoever runs this tool for a new one.")
        )
    return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _host(issuer: str) -> str:
    """What to call a platform that gave no name; an issuer is mostly an address, but need not be."""
    return host_of(issuer) if origin_of(issuer) else issuer
