"""Whether the process lives, whether it can serve, and its figures: for machines that look after it.

None of these says anything of anybody. `/readyz` is open to all, so it looks once a second at most, waits two seconds
at most, and names no address.
"""

from __future__ import annotations

import hmac
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify, make_response, request

from engine import metrics
from engine.config import Config
from engine.probe import Probe
from engine.shape import obstacle

log = structlog.get_logger()

bp = Blueprint("health", __name__)

Obstacle = Callable[[], str]  # why something cannot serve, in a few words; "" where it can
# What says that somebody else stands between the one who asks and us.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
BROKER_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}
BROKER_SECONDS = 1.0
FRESH_SECONDS = 1.0  # that an answer is good for: probes may come from many


class Readiness:
    """What this process needs in order to serve, by name, and what it can do without: the broker."""

    def __init__(self, app: Flask, obstacles: Mapping[str, Obstacle], broker_url: str) -> None:
        def within(ask: Obstacle) -> Obstacle:
            def asking() -> str:
                with app.app_context():
                    return ask()

            return asking

        fresh = FRESH_SECONDS
        self._probes = [Probe(within(ask), f"{name} does not answer", fresh=fresh) for name, ask in obstacles.items()]
        self._broker = Probe(lambda: _reaches(broker_url), False, fresh=fresh) if broker_url else None
        self._said = ""

    def reason(self) -> str:
        """Why we cannot serve; "" where we can. A change is told to the log, once."""
        found = next((why for probe in self._probes if (why := probe.answer())), "")
        if found and found != self._said:
            log.warning("not ready", why=found)
        elif self._said and not found:
            log.info("ready again")
        self._said = found
        return found

    def besides(self) -> dict[str, str]:
        """What is no reason to send people elsewhere: without a broker, rows wait."""
        if self._broker and not self._broker.answer():
            return {"broker": "does not answer; what is due waits"}
        return {}


def init_app(app: Flask, config: Config, files: Obstacle) -> None:
    """`files` says, in an app context, why files could not be stored."""
    needed = {"the database": obstacle, "the folder for files": files}
    app.extensions["readiness"] = Readiness(app, needed, config.broker_url)
    app.register_blueprint(bp)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> Response:
    """The database answers in the shape that this code needs, and files can be stored; else 503 with the reason."""
    readiness: Readiness = current_app.extensions["readiness"]
    if why := readiness.reason():
        return make_response(jsonify(status="down", reason=why), HTTPStatus.SERVICE_UNAVAILABLE)
    return jsonify(status="ok", **readiness.besides())


@bp.get("/metrics")
def figures() -> Response:
    """In Prometheus's text format, to this machine itself, or to whoever has METRICS_TOKEN."""
    config: Config = current_app.extensions["config"]
    if not (_is_here() or _has_token(config.metrics_token)):
        answer = make_response("Only from this machine, or with METRICS_TOKEN.\n", HTTPStatus.UNAUTHORIZED)
        answer.headers["WWW-Authenticate"] = "Bearer"
        answer.mimetype = "text/plain"
        return answer
    return Response(metrics.text(current_app), content_type=metrics.CONTENT_TYPE)


def _is_here() -> bool:
    """Whether this machine itself asks us. What came through a proxy never does: one that we were not told of would
    make the whole world local."""
    try:
        is_loopback = ip_address(request.remote_addr or "").is_loopback
    except ValueError:  # a Unix socket has no addresses
        return False
    return is_loopback and not any(name in request.headers for name in FORWARDED)


def _has_token(token: str) -> bool:
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    is_it = hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), token.encode())
    return bool(token) and kind.lower() == "bearer" and is_it


def _reaches(broker_url: str) -> bool:
    """Whether it takes a connection. One that says nothing afterwards is for those to find out who use it."""
    parts = urlsplit(broker_url)
    try:
        address = (parts.hostname, parts.port or BROKER_PORTS[parts.scheme])
        socket.create_connection(address, timeout=BROKER_SECONDS).close()
    except OSError:
        return False
    return True
