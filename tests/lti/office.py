"""Registration offices on real sockets that answer as the captures say: Moodle 4.2 and 4.5 as seen, Canvas as read.

Each has the captured configuration with its own address in the place of the captured ones. Moodle's checks and their
words are those of `captured/moodle-*/registration-errors.json`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.lti.captures import captured
from tests.lti.platform import AGS, pair

TOOL_CLAIM = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PREFIX = "https://canvas.instructure.com/lti/"
# What Moodle wants of a request, and cannot do without.
MOODLE_REQUIRES = ("response_types", "initiate_login_uri", "redirect_uris", "client_name", "jwks_uri")
MOODLE_KNOWS = ("sub", "iss", "name", "family_name", "given_name", "email")

Answer = tuple[int, str]
Heard = dict[str, Any]


class Office:
    """One platform's office. `about` may be changed, `refusal` answers instead of the rules, `requests` what came in,
    `bearers` with which token; `before_answer` is called when a request has been taken.

    A token made by `token()` is good once, for the client it names.
    """

    configuration_path = "/openid-configuration"

    def __init__(self) -> None:
        office = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                office.bearers.append(self.headers.get("Authorization", ""))
                self._say(*office.read(self.path))

            def do_POST(self) -> None:
                office.bearers.append(self.headers.get("Authorization", ""))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._say(*office.take(self.headers.get("Authorization", ""), json.loads(body)))

            def log_message(self, *args: Any) -> None:
                """Quiet."""

            def _say(self, status: int, body: str) -> None:
                self.send_response(status)
                kind = "application/json" if body.startswith("{") else "text/html"
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self.configuration = self.base + self.configuration_path
        self.about: dict[str, Any] = {}
        self.requests: list[Heard] = []
        self.bearers: list[str] = []
        self.refusal: Answer | None = None
        self.configuration_answer: Answer | None = None
        self.keys_answer: Answer | None = None
        self.omitted: set[str] = set()
        self.before_answer: Callable[[], object] = lambda: None
        self._tokens: dict[str, str] = {}
        self._used: set[str] = set()
        self._lock = threading.Lock()
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def token(self, client_id: str) -> str:
        token = f"token-{len(self._tokens) + 1}"
        self._tokens[token] = client_id
        return token

    def read(self, path: str) -> Answer:
        if path.startswith(self.configuration_path):
            return self.configuration_answer or (200, json.dumps(self.about))
        return self.keys_answer or (200, json.dumps({"keys": [pair("key-1").as_dict(private=False)]}))

    def take(self, authorization: str, asked: Heard) -> Answer:
        if self.refusal:
            return self.refusal
        token = authorization.removeprefix("Bearer ")
        with self._lock:
            if token not in self._tokens:
                return 401, "missing_registration_token"
            if token in self._used:
                return 401, "token_already_used"
            if word := self.fault_in(asked):
                return 400, word
            self._used.add(token)
            self.requests.append(asked)
        self.before_answer()
        said = self.answer(asked, self._tokens[token])
        for name in self.omitted:
            said.pop(name, None)
            said[TOOL_CLAIM].pop(name, None)
        return 200, json.dumps(said)

    def fault_in(self, asked: Heard) -> str:
        return ""

    def answer(self, asked: Heard, client_id: str) -> Heard:
        raise NotImplementedError


class Moodle(Office):
    configuration_path = "/mod/lti/openid-configuration.php"

    def __init__(self, version: str = "4.5") -> None:
        super().__init__()
        about = captured(f"moodle-{version}", "openid-configuration")
        self.about = json.loads(json.dumps(about).replace(about["issuer"], self.base))
        self.example = captured(f"moodle-{version}", "registration")
        self.client_id = str(self.example["response"]["client_id"])

    def fault_in(self, asked: Heard) -> str:
        tool = asked.get(TOOL_CLAIM, {})
        for name in MOODLE_REQUIRES:
            if not asked.get(name):
                return f"missing required attribute {name}"
        if "id_token" not in asked["response_types"]:
            return "invalid_response_types"
        if asked.get("application_type") != "web":
            return "invalid_application_type"
        if asked.get("token_endpoint_auth_method") != "private_key_jwt":
            return "invalid_token_endpoint_auth_method"
        if not tool.get("domain"):
            return "missing_domain"
        if urlsplit(tool.get("target_link_uri", "")).netloc.removeprefix("www.") != tool["domain"]:
            return "domain_targetlinkuri_mismatch"
        return ""

    def answer(self, asked: Heard, client_id: str) -> Heard:
        """The captured answer with the request's own words in it, as far as Moodle keeps them."""
        said: Heard = deepcopy(self.example["response"])
        said |= {name: asked[name] for name in said if name in asked and name not in {"scope", TOOL_CLAIM}}
        wanted = asked["scope"].split()
        offered = self.about["scopes_supported"]
        granted = [scope for scope in offered if scope in wanted and not scope.startswith(AGS)]
        if any(scope.startswith(AGS) for scope in wanted):
            granted = [scope for scope in offered if scope.startswith(AGS)] + granted
        tool, ours = said[TOOL_CLAIM], asked[TOOL_CLAIM]
        said |= {"client_id": client_id, "scope": " ".join(granted), TOOL_CLAIM: tool}
        tool |= {name: ours[name] for name in ("target_link_uri", "domain", "description", "custom_parameters")}
        tool["claims"] = [claim for claim in MOODLE_KNOWS if claim in ours["claims"]]
        tool["messages"] = [
            {"type": one["type"], "target_link_uri": one["target_link_uri"]}
            for one in ours["messages"]
            if one["type"] == "LtiDeepLinkingRequest"
        ]
        return said


class Canvas(Office):
    """A school's own Canvas, which calls itself as every Canvas does."""

    configuration_path = "/api/lti/security/openid-configuration"
    client_id = "10000000000123"
    deployment_id = "106:8865aa05b4b79b64a91a86042e43af5ea8ae79eb"

    def __init__(self) -> None:
        super().__init__()
        words = json.dumps(captured("canvas", "openid_configuration"))
        for host in ("https://riverbend.instructure.com", "https://sso.canvaslms.com"):
            words = words.replace(host, self.base)
        self.about = json.loads(words)

    def answer(self, asked: Heard, client_id: str) -> Heard:
        return {**deepcopy(asked), "client_id": client_id, "deployment_id": self.deployment_id}
