"""The platform's side of a launch, and the browser between the two: what both cost is on nobody's account."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.lti.captures import captured

TOOL = "https://tool.example"  # what browsers would see; its server answers on loopback
AUTH = "https://riverbend.example/api/lti/authorize_redirect"
CLIENT = "10000000000123"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FRAMED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


class Lms:
    """A Canvas by the shape of its messages; counts who asks for its keys."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig", "alg": "RS256"}, private=True)
        self.jwks: dict[str, Any] = {"keys": [dict(self._key.as_dict(private=False))]}
        self.key_fetches = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.jwks_url = f"http://127.0.0.1:{self._server.server_address[1]}/jwks"
        self._student: dict[str, Any] = captured("canvas", "launch_student")
        self.issuer: str = self._student["iss"]
        self.deployment: str = self._student["https://purl.imsglobal.org/spec/lti/claim/deployment_id"]
        self.client_id = CLIENT

    def login(self, target: str) -> dict[str, str]:
        """What the LMS has a browser post to begin a launch."""
        return {
            "iss": self.issuer,
            "login_hint": "535fa085f22b4655f48cd5a36a9215f64c060001",
            "client_id": CLIENT,
            "lti_deployment_id": self.deployment,
            "target_link_uri": target,
            "lti_message_hint": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9." + "a" * 300,
            "canvas_environment": "prod",
            "canvas_region": "us-east-1",
            "deployment_id": self.deployment,
            "lti_storage_target": "post_message_forwarding",
        }

    def id_token(self, nonce: str, target: str, said: Mapping[str, Any]) -> str:
        """A student's launch as Canvas signs it, with the claims in `said` in place of its own."""
        now = int(time.time())
        claims = copy.deepcopy(self._student) | {"iat": now, "exp": now + 3600, "nonce": nonce}
        claims |= {"aud": CLIENT, "azp": CLIENT, "https://purl.imsglobal.org/spec/lti/claim/target_link_uri": target}
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": "key-1"}, {**claims, **said}, self._key)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lms, body = self, json.dumps(self.jwks).encode()

        class Keys(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                lms.key_fetches += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Keys


class Browser:
    """One person's: keeps cookies and its connection. `framed` as in an LMS's iframe, else in a window."""

    def __init__(self, port: int, *, framed: bool = True) -> None:
        self._port, self._framed = port, framed
        self._http: HTTPConnection | None = None
        self.cookies: dict[str, str] = {}

    def post(self, path: str, form: Mapping[str, str]) -> HTTPResponse:
        return self._ask("POST", path, urlencode(form))

    def get(self, path: str) -> HTTPResponse:
        return self._ask("GET", path, None)

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def _ask(self, method: str, path: str, body: str | None) -> HTTPResponse:
        headers = {**(FORM if body is not None else {}), **(FRAMED if self._framed else {})}
        headers |= {"Host": urlsplit(TOOL).netloc, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
        headers |= {"User-Agent": "Mozilla/5.0", "Accept-Language": "en-US,en;q=0.9", "Accept": "text/html"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._http = self._http or HTTPConnection("127.0.0.1", self._port, timeout=60)
        self._http.request(method, path, body, headers)
        answer = self._http.getresponse()
        self.text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


def launch(lms: Lms, browser: Browser, path: str, target: str, said: Callable[[], Mapping[str, Any]]) -> str:
    """The whole way: login, on through whatever the tool asks in between, to the LMS, back with an id_token.

    Where the launch sends the browser, "" for a page at once. `path` is where the tool takes logins.

    Raises:
        RuntimeError: the tool did not take it.
    """
    answer = browser.post(path, lms.login(target))
    while (onward := answer.getheader("Location", "")) and not onward.startswith(AUTH):
        answer = browser.get(onward)
    if not onward:
        raise RuntimeError(f"the login was answered {answer.status}: {browser.text[:2000]}")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(onward).query).items()}
    token = lms.id_token(asked["nonce"], target, said())
    answer = browser.post(urlsplit(asked["redirect_uri"]).path, {"id_token": token, "state": asked["state"]})
    if answer.status not in {200, 303}:
        raise RuntimeError(f"the launch was answered {answer.status}: {browser.text[:2000]}")
    return answer.getheader("Location", "")
