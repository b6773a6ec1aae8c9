"""Becoming known to a platform by one invite (LTI Dynamic Registration 1.0), and being made known to it anew."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy import select

from engine import audit
from engine.db import db, writing
from lti import platform_keys
from lti.claims import part, text
from lti.errors import RegistrationRefused
from lti.granted import MOST_KEPT, Granted, Registered
from lti.models.platform import CANVAS, Deployment, Invite, Platform
from lti.negotiation import Agreed, negotiate
from lti.outgoing import Unreachable, host_of, origin_of
from lti.records import ensure
from lti.storable import MOST_CHARACTERS
from lti.tool_configuration import CANVAS_PREFIX, PLATFORM, TOOL, address

INVITE_LIFE = timedelta(days=14)


def invite(now: datetime) -> str:
    """An address that registers one platform. The caller commits."""
    token = secrets.token_urlsafe(24)
    db.session.add(Invite(token_hash=_digest(token), created_at=now, expires_at=now + INVITE_LIFE))
    return address_of({"invite": token})


def address_of(said: Mapping[str, str]) -> str:
    """The whole address of an invite, as an LMS takes it."""
    return f"{address('lti.register')}?{urlencode({'invite': said.get('invite', '')})}"


def register(said: Mapping[str, str], now: datetime) -> Registered | None:
    """Register by an invite; None where a person opened the address instead of pasting it into the LMS.

    A spent invite shows what it registered, so that a reload does no harm. If that platform itself opens it anew, with
    another token, it is an update. The caller commits.

    Raises:
        RegistrationRefused: by us or by the platform; the invite stays good.
    """
    invited = _open_invite(said.get("invite", ""), now)
    configuration, token = said.get("openid_configuration", ""), said.get("registration_token", "")
    spent_on = db.session.get(Platform, invited.platform_id) if invited.platform_id is not None else None
    if spent_on is not None and not _asks_anew(invited, spent_on, configuration, token):
        return _registered(invited, spent_on)
    if not configuration:
        return None
    invite_id = invited.id
    db.session.rollback()  # nothing is held over the network
    try:
        agreed = negotiate(configuration, token)
    except RegistrationRefused:
        if done := _done_meanwhile(invite_id, token):
            return done
        raise
    keys = _keys(agreed)
    with writing():  # an LMS opens this by GET, so that it begins as a reader
        invited = db.session.scalars(select(Invite).where(Invite.id == invite_id).with_for_update()).one()
    platform = _conclude(invited, agreed, now)
    if keys:
        platform.jwks, platform.jwks_fetched_at = keys, now
    invited.answered = _digest(token)
    return _registered(invited, platform)


def _conclude(invited: Invite, agreed: Agreed, now: datetime) -> Platform:
    """Write down what was agreed, with the invite locked: of several at once, one platform wins.

    Raises:
        RegistrationRefused: the invite is another platform's, or the platform is known with other addresses.
    """
    key = {"issuer": agreed.issuer, "client_id": agreed.client_id}
    known = db.session.scalar(select(Platform).filter_by(**key))
    if invited.platform_id is not None and (known is None or known.id != invited.platform_id):
        raise RegistrationRefused(
            _("This invite was used up by another registration."),
            now=_("Delete this one in the LMS, and ask whoever runs this tool for a new invite."),
        )
    if known is not None:
        _check_proven(known, agreed)
    else:
        _check_nobody_else_is(agreed)
    platform = known or ensure(db.session, Platform, _new(agreed, now), **key)
    _check_same_addresses(platform, agreed)  # also of one that another registration made this moment
    _renew(platform, agreed)
    invited.platform_id, invited.spent_at = platform.id, invited.spent_at or now
    invited.granted = vars(Granted.read(agreed.answer, updated=known is not None))
    verb = "platform registered" if known is None else "registration renewed"
    audit.note(db.session, verb, platform_id=platform.id, actor=audit.INVITED)
    return platform


def _new(agreed: Agreed, now: datetime) -> dict[str, Any]:
    """The columns of a platform that was not known."""
    login, token, jwks = agreed.addresses
    return {
        "auth_login_url": login,
        "auth_token_url": token,
        "jwks_url": jwks,
        "token_audience": text(agreed.about, "authorization_server")[:MOST_CHARACTERS] or None,
        "product_family": agreed.family,
        "name": host_of(agreed.issuer)[:MOST_CHARACTERS],
        # Canvas makes further deployments under the same key; a platform that named none makes them later.
        "any_deployment": agreed.family == CANVAS or not _deployment(agreed.answer),
        "scopes": [],
        "created_at": now,
    }


def _renew(platform: Platform, agreed: Agreed) -> None:
    """What a registration and an update alike may say: what we are allowed, how the LMS calls itself, a deployment."""
    details = part(agreed.about, PLATFORM)
    granted = [word for word in text(agreed.answer, "scope").split() if len(word) <= MOST_CHARACTERS][:MOST_KEPT]
    platform.scopes = granted if isinstance(agreed.answer.get("scope"), str) else agreed.asked
    platform.name = text(details, CANVAS_PREFIX + "account_name")[:MOST_CHARACTERS] or platform.name
    platform.guid = text(details, CANVAS_PREFIX + "account_lti_guid")[:MOST_CHARACTERS] or platform.guid
    if deployment := _deployment(agreed.answer):
        ensure(db.session, Deployment, platform_id=platform.id, deployment_id=deployment)


def _check_proven(known: Platform, agreed: Agreed) -> None:
    """An update counts only as the known platform's own word: read at, and registered at, the very origins that we have
    of it. Whoever holds an invite could otherwise speak for another school, whose issuer and client ID are no secrets.
    """
    origins = {origin_of(url) for url in (known.auth_login_url, known.auth_token_url, known.jwks_url)}
    if not agreed.origins <= origins:
        raise _not_by_invite(known)


def _check_nobody_else_is(agreed: Agreed) -> None:
    """An LMS chooses its client ID, and what our token requests are addressed to. One that chose another's would have
    us sign, in that one's name, what opens that one's gradebook. Two may have the same where each takes its tokens at
    home, on its issuer's own host. Whoever runs the tool may add others by hand.
    """
    audience = text(agreed.about, "authorization_server")
    same = select(Platform).filter_by(client_id=agreed.client_id)
    if all(
        _takes_tokens_at_home(agreed.issuer, agreed.addresses[1], audience)
        and _takes_tokens_at_home(other.issuer, other.auth_token_url, other.token_audience or "")
        and origin_of(other.issuer) != origin_of(agreed.issuer)
        for other in db.session.scalars(same)
    ):
        return
    raise RegistrationRefused(
        _("The client ID “%(client)s” belongs to another LMS here.", client=agreed.client_id),
        now=_("Nothing was changed. If both are right, whoever runs this tool uses “flask lti add-platform”."),
    )


def _takes_tokens_at_home(issuer: str, token_url: str, audience: str) -> bool:
    return {origin_of(url) for url in (token_url, audience or token_url)} == {origin_of(issuer)} != {""}


def _check_same_addresses(platform: Platform, agreed: Agreed) -> None:
    """Not the origin alone: schools share hosts, where another path is another school."""
    if agreed.addresses != (platform.auth_login_url, platform.auth_token_url, platform.jwks_url):
        raise _not_by_invite(platform)


def _not_by_invite(known: Platform) -> RegistrationRefused:
    issuer, client = known.issuer, known.client_id
    return RegistrationRefused(
        _(
            "%(issuer)s is known with client ID “%(client)s” already, at other addresses than these.",
            issuer=issuer,
            client=client,
        ),
        now=_("Nothing was changed. To give it new addresses, whoever runs this tool uses “flask lti add-platform”."),
    )


def _asks_anew(invited: Invite, platform: Platform, configuration: str, token: str) -> bool:
    """Whether this is more than a reload: the platform itself, from where we know it, with a token not seen yet."""
    if not (configuration and token and invited.answered) or _digest(token) == invited.answered:
        return False
    known = (platform.auth_login_url, platform.auth_token_url, platform.jwks_url)
    return origin_of(configuration) in {origin_of(url) for url in known}


def _done_meanwhile(invite_id: int, token: str) -> Registered | None:
    """What a twin of this request has registered: of two, the platform takes its token from one only."""
    invited = db.session.get_one(Invite, invite_id)
    if invited.platform_id is None or invited.answered != _digest(token):
        return None
    return _registered(invited, db.session.get_one(Platform, invited.platform_id))


def _keys(agreed: Agreed) -> dict[str, Any] | None:
    """The platform's keys; None if they cannot be had yet, which the first launch will try again."""
    try:
        return platform_keys.fetch(agreed.addresses[2])
    except Unreachable:
        return None


def _registered(invited: Invite, platform: Platform) -> Registered:
    found = db.session.scalars(select(Deployment.deployment_id).filter_by(platform_id=platform.id)).all()
    granted = Granted(**invited.granted) if invited.granted else Granted(None, None, anonymous=False, updated=False)
    return Registered(platform, list(found), granted)


def _open_invite(token: str, now: datetime) -> Invite:
    found = db.session.scalar(select(Invite).where(Invite.token_hash == _digest(token)))
    ask = _("Ask whoever runs this tool for a new one.")
    if found is None:
        raise RegistrationRefused(_("This invite is unknown. Perhaps its address was cut off."), now=ask)
    if found.platform_id is None and found.expires_at < now:
        raise RegistrationRefused(_("This invite is too old: it was good for 14 days."), now=ask)
    return found


def _deployment(answer: dict[str, Any]) -> str:
    return (text(part(answer, TOOL), "deployment_id") or text(answer, "deployment_id"))[:MOST_CHARACTERS]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
