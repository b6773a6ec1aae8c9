"""The platform's side of the wire, written from the specification and the captures, without a line of the tool's."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from engine.clock import real_now
from engine.db import db
from lti.models.platform import Deployment, Platform

TOOL = "https://tool.example"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
ROSTER_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
OPTIONAL = {"azp", "nonce", "nbf", "jti", "zoneinfo", "locale"}  # claims that stand under no prefix
GONE = object()  # in `claims(...)`: this claim is left out


@dataclass(frozen=True)
class FromNow:
    """A time for `claims(...)`, in seconds from when the claims are made."""

    seconds: float


@cache
def pair(kid: str) -> RSAKey:
    """A key pair, made once: making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


class Lms:
    """One registration at one platform; `kid` names the key that signs now."""

    def __init__(
        self,
        wire: responses.RequestsMock,
        issuer: str = "https://lms.example",
        client_id: str = "client-1",
        family: str = "canvas",
        host: str = "https://lms.example",
    ) -> None:
        self.wire, self.issuer, self.client_id, self.family, self.host = wire, issuer, client_id, family, host
        self.kid = "key-1"
        self.deployment_id = "dep-1"
        self.platform_id = 0
        self.jwks_calls = 0
        wire.add_callback(responses.GET, f"{host}/jwks", self._jwks)
        self.published = [self.kid]

    def register(self, app: Flask, **more: Any) -> int:
        """Put the platform's row into the tool, as `add-platform` would."""
        with app.app_context():
            platform = Platform(
                name="Riverbend",
                issuer=self.issuer,
                client_id=self.client_id,
                auth_login_url=f"{self.host}/auth",
                auth_token_url=f"{self.host}/token",
                jwks_url=f"{self.host}/jwks",
                product_family=self.family,
                created_at=real_now(),
                **more,
            )
            db.session.add(platform)
            db.session.flush()
            db.session.add(Deployment(platform=platform, deployment_id=self.deployment_id))
            self.platform_id = platform.id
            db.session.commit()
        return self.platform_id

    def claims(self, role: str = "Learner", **over: Any) -> dict[str, Any]:
        """A good resource link launch; keys of `over` may leave the LTI prefix out, GONE leaves a claim out."""
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "user-1",
            "exp": now + 300,
            "iat": now,
            "name": "Amara Diallo",
            "given_name": "Amara",
            "family_name": "Diallo",
            "email": "amara@example.test",
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "version": "1.3.0",
            LTI + "deployment_id": self.deployment_id,
            LTI + "target_link_uri": f"{TOOL}/lti/launch?activity=a",
            LTI + "resource_link": {"id": "link-1", "title": "Energy project"},
            LTI + "roles": [MEMBERSHIP + role],
            LTI + "context": {"id": "course-1", "label": "SCI8", "title": "Science 8"},
            LTI + "launch_presentation": {"locale": "en", "return_url": f"{self.host}/courses/1/return"},
            LTI + "tool_platform": {"guid": "g", "name": "Riverbend", "product_family_code": self.family},
        }
        for name, value in over.items():
            key = name if name in said or ":" in name or name in OPTIONAL else LTI + name
            said[key] = now + value.seconds if isinstance(value, FromNow) else value
        return {name: value for name, value in said.items() if value is not GONE or name == "nonce"}  # see launch()

    def deep_linking(self, **settings: Any) -> dict[str, Any]:
        """A good deep-linking request."""
        asked = {
            "deep_link_return_url": f"{self.host}/deep_link?data=opaque",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe"],
            "accept_multiple": True,
            **settings,
        }
        return self.claims(
            "Instructor", message_type="LtiDeepLinkingRequest", resource_link=GONE, **{DEEP_LINKING: asked}
        )

    def services(self, line_item: str | None = "items/7", **more: Any) -> dict[str, Any]:
        """The claims that name this platform's services, for `claims(**lms.services())`."""
        endpoint = {
            "scope": [AGS + name for name in ("lineitem", "result.readonly", "score")],
            "lineitems": f"{self.host}/items",
        }
        if line_item:
            endpoint["lineitem"] = f"{self.host}/{line_item}"
        roster = {"context_memberships_url": f"{self.host}/roster", "service_versions": ["2.0"]}
        return {ENDPOINT: endpoint, ROSTER_CLAIM: roster, **more}

    def sign(self, claims: dict[str, Any], kid: str | None = None, **header: Any) -> str:
        """An id_token; a header of GONE is left out."""
        whole = {"alg": "RS256", "typ": "JWT", "kid": kid or self.kid, **header}
        whole = {name: value for name, value in whole.items() if value is not GONE}
        return jwt.encode(whole, claims, pair(kid or self.kid))

    def login(self, client: FlaskClient, **over: str) -> dict[str, str]:
        """Begin at the tool; what it asked the platform's authorisation endpoint for."""
        asked = {
            "iss": self.issuer,
            "login_hint": "hint",
            "target_link_uri": f"{TOOL}/lti/launch?activity=a",
            "lti_message_hint": "message",
            "client_id": self.client_id,
            "deployment_id": self.deployment_id,
            **over,
        }
        answer = client.post("/lti/login", data=asked)
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}

    def launch(self, client: FlaskClient, claims: dict[str, Any] | None = None, **sign: Any) -> TestResponse:
        """Login and launch, in one browser. The nonce is the one asked for, unless the claims bring their own."""
        asked = self.login(client)
        said = self.claims() if claims is None else claims
        nonce = said.get("nonce", asked["nonce"])
        token = self.sign({**said, "nonce": nonce} if nonce is not GONE else _without(said, "nonce"), **sign)
        return client.post("/lti/launch", data={"id_token": token, "state": asked["state"]})

    def forge(self, header: bytes | dict[str, Any], payload: bytes | dict[str, Any], kid: str | None = None) -> str:
        """A token of any header and payload, with a good RS256 signature of one of this platform's keys."""
        signed = f"{_encoded(header)}.{_encoded(payload)}"
        return f"{signed}.{_encoded(_signature(signed, kid or self.kid))}"

    def _jwks(self, request: Any) -> tuple[int, dict[str, str], str]:
        self.jwks_calls += 1
        keys = [pair(kid).as_dict(private=False) for kid in self.published]
        return 200, {}, json.dumps({"keys": keys})


def _encoded(part: bytes | dict[str, Any]) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signature(signed: str, kid: str) -> bytes:
    key: Any = pair(kid).private_key
    made: bytes = key.sign(signed.encode(), PKCS1v15(), SHA256())
    return made


def _without(said: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key != name}
