"""Platform storage: the LMS's own page keeps what our cookie cannot, asked by messages between the two pages.

1EdTech, LTI postMessage Storage and LTI OIDC Login with LTI Client Side postMessages. At the login a random secret goes
there, and only its SHA-256 goes into the signed state. At the launch the secret comes back to a page of ours, which
posts it as `proof`: so the page that asked for the launch is the one that began the login. static/storage.js speaks
with the LMS, and believes only the origins that stand here.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select

from engine.db import db
from lti.models.context import Context
from lti.models.platform import Deployment, Platform
from lti.outgoing import origin_of

LONGEST_TARGET = 100  # characters of a frame's name
COURSES_ASKED = 50  # the newest ones: a platform with many hosts names them all within a few


@dataclass(frozen=True)
class Errand:
    """What the page's script has to do. `origins` are the only ones spoken to, the authorisation address's first.

    `onward` is where to go once `value` is kept; `form` what to post to the launch address with the value found.
    """

    subject: Literal["lti.put_data", "lti.get_data"]
    key: str
    target: str
    origins: list[str]
    value: str = ""
    onward: str = ""
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Secret:
    """A new secret, and what the state says of it: its SHA-256 and the frame that keeps it."""

    target: str
    value: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def said(self) -> dict[str, str]:
        return {"sha256": hashlib.sha256(self.value.encode()).hexdigest(), "target": self.target}


def offered(target: str) -> str:
    """The frame that a login names (`lti_storage_target`), "" if none or nothing that could be one's name."""
    return target if len(target) <= LONGEST_TARGET else ""


def put(secret: Secret, state: str, platform: Platform, onward: str) -> Errand:
    """Keep the secret, then go on to the platform."""
    return Errand("lti.put_data", _key(state), secret.target, _origins(platform), value=secret.value, onward=onward)


def get(target: str, state: str, platform: Platform, form: Mapping[str, str]) -> Errand:
    """Find the secret of this state, then launch with it."""
    return Errand("lti.get_data", _key(state), target, _origins(platform), form=form)


def proves(proof: str, said: Mapping[str, str]) -> bool:
    """Whether this is the secret that the state spoke of."""
    return hmac.compare_digest(hashlib.sha256(proof.encode()).hexdigest(), said["sha256"])


def _key(state: str) -> str:
    """One per login, so that two tabs that launch at once do not disturb each other."""
    return "third_option_" + hashlib.sha256(state.encode()).hexdigest()[:32]


def _origins(platform: Platform) -> list[str]:
    """Where this platform's pages may come from: its registered addresses, and those that its launches signed.

    Canvas's pages lie on the school's host, its authorisation address does not.
    """
    query = select(Context.memberships_url, Context.lineitems_url).join(Context.deployment)
    newest = query.where(Deployment.platform_id == platform.id).order_by(Context.id.desc()).limit(COURSES_ASKED)
    signed = [url for row in db.session.execute(newest) for url in row if url]
    registered = [platform.auth_login_url, platform.auth_token_url, platform.jwks_url]
    return list(dict.fromkeys(filter(None, map(origin_of, [*registered, *signed]))))
