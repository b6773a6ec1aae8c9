"""The platform's services on the wire: tokens, roster, column, scores, results, as Canvas and Moodle keep them.

Canvas's rules are those of its documentation and source, Moodle's those of the captures of 4.2 and 4.5.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import responses
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.lti.platform import Lms

Answer = tuple[int, dict[str, str], str]
CANVAS = "https://canvas.instructure.com/lti/submission"
Hook = Callable[[dict[str, Any]], Answer | None]


class Tokens:
    """The token endpoint; strict where a platform may be. Every jti counts once."""

    def __init__(self, lms: Lms, public_keys: Callable[[], dict[str, Any]], content_type: str = "text/html") -> None:
        self.lms, self._public_keys, self._content_type = lms, public_keys, content_type
        self.asked: list[dict[str, str]] = []
        self.jtis: list[str] = []
        self.good: set[str] = set()
        self.lifetime: Any = 3600
        self.prefix = "token"
        self.refusal: Answer | None = None
        lms.wire.add_callback(responses.POST, f"{lms.host}/token", self._answer)

    def _answer(self, request: Any) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body).items()}
        self.asked.append(form)
        if self.refusal:
            return self.refusal
        proof = jwt.decode(form["client_assertion"], KeySet.import_key_set(cast(Any, self._public_keys())))
        said = proof.claims
        assert (said["iss"], said["sub"], said["aud"]) == (
            self.lms.client_id,
            self.lms.client_id,
            f"{self.lms.host}/token",
        )
        assert said["jti"] not in self.jtis
        assert said["exp"] > said["iat"]
        assert proof.header["kid"]
        self.jtis.append(said["jti"])
        token = f"{self.prefix}-{len(self.asked)}"
        self.good.add(token)
        given = {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime, "scope": form["scope"]}
        return 200, {"Content-Type": f"{self._content_type}; charset=utf-8"}, json.dumps(given)

    def is_good(self, request: Any) -> bool:
        return request.headers.get("Authorization", "").removeprefix("Bearer ") in self.good


class Spoken(responses.CallbackResponse):
    """An answer whose `Reason` header, if it has one, is its reason phrase: there Moodle says what is wrong."""

    def get_response(self, request: Any) -> Any:
        answer = super().get_response(request)
        answer.reason = answer.headers.pop("Reason", answer.reason)
        return answer


class Gradebook:
    """One column. `grades` = {sub: (score, maximum of the column)}; `hook` may answer in the platform's place."""

    def __init__(self, lms: Lms, tokens: Tokens, path: str = "items/7", maximum: float = 20) -> None:
        self.lms, self.tokens, self.maximum = lms, tokens, maximum
        self.url = f"{lms.host}/{path}"
        self.posts: list[dict[str, Any]] = []
        self.grades: dict[str, float | None] = {}
        self.overridden: set[str] = set()
        self.comments: dict[str, list[str]] = {}
        self.attempts: dict[str, list[str]] = {}
        self.times: dict[str, datetime] = {}
        self.reads: list[str] = []
        self.line_item: dict[str, Any] = {"id": self.url, "label": "Energy project", "scoreMaximum": maximum}
        self.hook: Hook = lambda score: None
        self.results_answer: Answer | None = None
        self.results_pages: dict[str, Answer] = {}
        self.results_hook: Callable[[Any], Answer] | None = None
        self.line_item_answer: Answer | None = None
        bare = self.url.partition("?")[0]
        lms.wire.add(Spoken(responses.POST, f"{bare}/scores", self._post))
        lms.wire.add_callback(
            responses.GET, f"{bare}/results", lambda asked: (self.results_hook or self._results)(asked)
        )
        lms.wire.add_callback(responses.GET, bare, self._get)

    @property
    def moodle(self) -> bool:
        return self.lms.family == "moodle"

    def _post(self, request: Any) -> Answer:
        if not self.tokens.is_good(request):
            return 401, {}, json.dumps({"errors": {"type": "unauthorized", "message": "Access token expired"}})
        assert request.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
        score = json.loads(request.body)
        self.posts.append(score)
        return self.hook(score) or self.accept(score)

    def accept(self, score: dict[str, Any]) -> Answer:
        """Take the score in, as the platform does."""
        sub = score["userId"]
        at = datetime.fromisoformat(score["timestamp"])
        if self.moodle:
            at = at.replace(microsecond=0)
        last = self.times.get(sub)
        if last and (at <= last if self.moodle else at < last):
            return (409, {}, "[]") if self.moodle else (400, {}, json.dumps(older(at, last)))
        self.times[sub] = at
        full = score["gradingProgress"] == "FullyGraded" and "scoreGiven" in score
        if self.moodle:
            self._moodle(sub, score, full)
        else:
            self._canvas(sub, score, full)
        return 200, {}, ""

    def _moodle(self, sub: str, score: dict[str, Any], full: bool) -> None:
        if sub not in self.overridden:
            self.grades[sub] = self._scaled(score) if full else None
        self.comments[sub] = [score["comment"]] if score.get("comment") else []

    def _canvas(self, sub: str, score: dict[str, Any], full: bool) -> None:
        more = score.get(CANVAS, {})
        if more.get("new_submission", True):
            submission = score.get("submission", {}).get("submittedAt", score["timestamp"])
            self.attempts.setdefault(sub, []).append(submission)
        if full:
            self.grades[sub] = self._scaled(score)
        elif not more.get("preserve_score"):
            self.grades[sub] = None
        if score.get("comment"):
            self.comments.setdefault(sub, []).append(score["comment"])

    def _scaled(self, score: dict[str, Any]) -> float:
        scaled: float = round(score["scoreGiven"] / score["scoreMaximum"] * self.maximum, 5)
        return min(scaled, self.maximum) if self.moodle else scaled

    def _results(self, request: Any) -> Answer:
        query = parse_qs(urlsplit(request.url).query)
        self.reads.append(query.get("user_id", ["all"])[0])
        if not self.tokens.is_good(request):
            return 401, {}, ""
        if self.results_answer or self.results_pages:
            return self.results_answer or self.results_pages[query.get("page", [""])[0]]
        if self.moodle and "limit" in query:
            return 404, {"Content-Type": "text/html"}, "<!DOCTYPE html>"
        assert request.headers["Accept"] == "application/vnd.ims.lis.v2.resultcontainer+json"
        wanted = query.get("user_id")
        found = [
            {"id": f"{self.url}/results/{sub}", "userId": sub, "resultMaximum": self.maximum, "resultScore": score}
            for sub, score in self.grades.items()
            if not wanted or sub in wanted
        ]
        return 200, {}, json.dumps(found)

    def _get(self, request: Any) -> Answer:
        if not self.tokens.is_good(request):
            return 401, {}, ""
        if self.line_item_answer:
            return self.line_item_answer
        assert request.headers["Accept"] == "application/vnd.ims.lis.v2.lineitem+json"
        return 200, {}, json.dumps(self.line_item)


def older(at: datetime, last: datetime) -> dict[str, Any]:
    words = f"Provided timestamp of {at.astimezone(UTC)} before last updated timestamp of {last.astimezone(UTC)}"
    return {"errors": {"type": "bad_request", "message": words}}
