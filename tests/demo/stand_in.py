"""A strict little tool, written from the specification alone: no code of lti/, of demo/ or of their libraries."""

from __future__ import annotations

import json
import secrets
import time
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
ALL_SCOPES = [f"{AGS}lineitem", f"{AGS}result.readonly", f"{AGS}score", MEMBERS]
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CUSTOM = {
    "due_at": "$Canvas.assignment.dueAt.iso8601",
    "student_view": "$com.instructure.User.student_view",
    "section_restricted": "$Canvas.course.sectionRestricted",
    "group_id": "$com.instructure.Group.id",
    "context_id_history": "$Context.id.history",
}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = found.get("action", "")
        elif tag == "input" and "name" in found:
            self.fields[found["name"]] = found.get("value", "")


def form_of(page: str) -> tuple[str, dict[str, str]]:
    """(action, hidden fields) of a page's first form."""
    forms = _Forms()
    forms.feed(page)
    return forms.action, forms.fields


@dataclass
class Registered:
    """What one registration gave."""

    configuration: dict[str, Any]
    answer: dict[str, Any]

    @property
    def client_id(self) -> str:
        return str(self.answer["client_id"])

    @property
    def deployment_id(self) -> str:
        return str(self.answer["https://purl.imsglobal.org/spec/lti-tool-configuration"]["deployment_id"])


@dataclass
class StandInTool:
    """Its `url` is set once it is served. `launches` are the claims of every id_token that proved good, `failures` what
    came instead of one, `notices` those of the platform's notices. It asks the platform for what `registered` says, by
    issuer."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    registered: dict[str, Registered] = field(default_factory=dict)
    launches: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)

    @property
    def kid(self) -> str:
        return str(self.key.kid)

    def app(self, url: str) -> Flask:
        self.url = url
        app = Flask("stand_in")
        app.add_url_rule("/lti/jwks", view_func=self._jwks)
        app.add_url_rule("/lti/login", view_func=self._login, methods=["GET", "POST"])
        app.add_url_rule("/lti/launch", view_func=self._launch, methods=["POST"])
        app.add_url_rule("/lti/register", view_func=self._register)
        app.add_url_rule("/lti/notices", view_func=self._notices, methods=["POST"])
        return app

    def _jwks(self) -> ResponseReturnValue:
        return {"keys": [self.key.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]}

    def _register(self) -> ResponseReturnValue:
        token = request.args["registration_token"]
        configuration = requests.get(request.args["openid_configuration"], timeout=5).json()
        answer = requests.post(
            configuration["registration_endpoint"],
            json=self.registration_request(),
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
        )
        if not answer.ok:
            return answer.text, 400
        self.registered[configuration["issuer"]] = Registered(configuration, answer.json())
        return "<!doctype html><title>Registered</title><h1>Registered</h1>"

    def registration_request(self, **changes: Any) -> dict[str, Any]:
        return {
            "application_type": "web",
            "response_types": ["id_token"],
            "grant_types": ["implicit", "client_credentials"],
            "initiate_login_uri": f"{self.url}/lti/login",
            "redirect_uris": [f"{self.url}/lti/launch"],
            "client_name": "Stand-in",
            "jwks_uri": f"{self.url}/lti/jwks",
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": " ".join([*ALL_SCOPES, NOTICES]),
            "https://purl.imsglobal.org/spec/lti-tool-configuration": {
                "domain": urlsplit(self.url).netloc,
                "target_link_uri": f"{self.url}/lti/launch",
                "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
                "custom_parameters": CUSTOM,
                "messages": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
            },
        } | changes

    def _login(self) -> ResponseReturnValue:
        endpoint = self.registered[request.values["iss"]].configuration["authorization_endpoint"]
        ready = requests.Request("GET", endpoint, params=self.authentication_request(request.values)).prepare()
        return redirect(str(ready.url), 302)

    def authentication_request(self, login: Any, **changes: str | None) -> dict[str, str]:
        """The parameters of an authentication request; a change to None leaves one out."""
        asked: dict[str, str | None] = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": f"{self.url}/lti/launch",
            "login_hint": login["login_hint"],
            "lti_message_hint": login["lti_message_hint"],
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
        }
        return {name: value for name, value in (asked | changes).items() if value is not None}

    def _launch(self) -> ResponseReturnValue:
        if "id_token" not in request.form:
            self.failures.append(request.form.to_dict())
            return "<!doctype html><title>Failed</title><h1>Failed</h1>", 400
        claims = self.read(request.form["id_token"])
        self.launches.append(claims)
        if claims[f"{LTI}message_type"] == "LtiDeepLinkingRequest":
            back = claims[f"{DEEP_LINKING}deep_linking_settings"]["deep_link_return_url"]
            reply = self.deep_linking_reply(claims["iss"], [activity_item(self.url)])
            return (
                '<!doctype html><html lang="en"><title>Choose</title><h1>Choose an activity</h1>'
                f'<form method="post" action="{back}"><input type="hidden" name="JWT" value="{reply}">'
                "<button>Use this</button></form>"
            )
        return (
            '<!doctype html><html lang="en"><title>Activity</title><h1>Inside the tool</h1>'
            '<script>parent.postMessage(JSON.stringify({subject: "lti.frameResize", height: 432}), "*")</script>'
        )

    def _notices(self) -> ResponseReturnValue:
        self.notices += [self.read(one["jwt"]) for one in request.get_json()["notices"]]
        return {}

    def read(self, id_token: str) -> dict[str, Any]:
        """The claims of an id_token, its signature, times and receiver proved."""
        header = json.loads(_unpadded(id_token.split(".")[0]))
        claims = dict(jwt.decode(id_token, self._platform_keys(id_token), algorithms=["RS256"]).claims)
        assert header["kid"], "an id_token without a kid"
        assert claims["aud"] == self.registered[claims["iss"]].client_id
        assert claims["iat"] <= time.time() + 1 < claims["exp"]
        return claims

    def _platform_keys(self, id_token: str) -> KeySet:
        issuer = json.loads(_unpadded(id_token.split(".")[1]))["iss"]
        return KeySet.import_key_set(requests.get(self.registered[issuer].configuration["jwks_uri"], timeout=5).json())

    def sign(self, claims: dict[str, Any], **header: str) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.kid, "typ": "JWT"} | header, claims, self.key)

    def deep_linking_reply(self, issuer: str, items: list[dict[str, Any]], **changes: Any) -> str:
        found = self.registered[issuer]
        now = int(time.time())
        claims = {
            "iss": found.client_id,
            "aud": issuer,
            "iat": now,
            "exp": now + 300,
            "nonce": secrets.token_urlsafe(8),
            f"{LTI}message_type": "LtiDeepLinkingResponse",
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": found.deployment_id,
            f"{DEEP_LINKING}content_items": items,
        } | changes
        return self.sign({name: value for name, value in claims.items() if value is not None})

    def assertion(self, issuer: str, **changes: Any) -> str:
        found = self.registered[issuer]
        now = int(time.time())
        claims = {
            "iss": found.client_id,
            "sub": found.client_id,
            "aud": found.configuration["token_endpoint"],
            "iat": now,
            "exp": now + 300,
            "jti": secrets.token_urlsafe(8),
        } | changes
        return self.sign({name: value for name, value in claims.items() if value is not None})

    def ask_token(self, issuer: str, *scopes: str, assertion: str = "") -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(issuer),
            "scope": " ".join(scopes),
        }
        return requests.post(self.registered[issuer].configuration["token_endpoint"], data=form, timeout=5)

    def bearer(self, issuer: str, *scopes: str) -> dict[str, str]:
        answer = self.ask_token(issuer, *(scopes or ALL_SCOPES))
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def activity_item(tool_url: str, **changes: Any) -> dict[str, Any]:
    return {
        "type": "ltiResourceLink",
        "url": f"{tool_url}/lti/launch?activity=a1",
        "title": "Energy in our pond",
        "custom": {"activity_key": "a1"},
        "lineItem": {"scoreMaximum": 16, "label": "Energy in our pond", "resourceId": "a1", "tag": "activity"},
        "available": {"startDateTime": "2026-11-09T14:00:00Z"},
        "submission": {"endDateTime": "2026-12-05T00:00:00Z"},
    } | changes


def next_link(header: str) -> str | None:
    """The rel="next" of a Link header."""
    links = requests.utils.parse_header_links(header) if header else []
    return next((link["url"] for link in links if link.get("rel") == "next"), None)


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _unpadded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
