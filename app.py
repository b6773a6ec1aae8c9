"""Third Option. `create_app` wires the rooms; everything else lives in one of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import lti
import ui
from engine import clock, db, errors, headers, health, jobs, logs, metrics, outflow, shape
from engine.config import Config, ConfigError
from engine.motor import Motor
from engine.sessions import SignedCookies
from engine.worker import Worker
from personalization import arrival, standing, wiring
from personalization.people import access, roster

FORM_BYTES = 2 * 1024 * 1024


class ThirdOption(Flask):
    """Flask looks at each hook of each request for whether it is a coroutine; none is here."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(config: Config | None = None, *, forks: bool = False) -> Flask:
    """The WSGI application, from `config` or from the environment.

    `forks`: for a server whose processes are forked from this one; each calls `engine.forks.begin`.
    """
    config = config or _from_environment()
    app = ThirdOption(__name__, static_folder=None)
    app.session_interface = SignedCookies()
    _configure(app, config)
    logs.init_app(app, config.trusted_proxies)
    clock.init_app(app, config.clock_file)
    db.init_app(app, config.database_url)
    app.extensions["csrf"] = csrf = CSRFProtect()
    Babel(app, locale_selector=access.locale, timezone_selector=access.zone_name)
    ui.init_app(app)
    along = lti.Along(standing.COLUMNS, standing.joined)
    lti.init_app(app, on_launch=arrival.arrive, on_roster=roster.take_over, along=along)
    wiring.init_app(app)
    csrf.init_app(app)  # after access: a refusal must know who may frame it
    headers.init_app(app, config)
    errors.init_app(app)
    outflow.init_app(app)
    metrics.init_app(app)
    health.init_app(app, config, wiring.files_obstacle)
    for commands in (shape.commands, jobs.commands, jobs.worker, jobs.beat):
        app.cli.add_command(commands)
    handlers = {**lti.HANDLERS, **wiring.HANDLERS}
    worker = Worker(
        app, handlers, list(wiring.STANDING), wiring.APART, room=lti.room, wide=lti.WIDE, threads=config.worker_threads
    )
    app.extensions["worker"] = worker
    if _works(config):
        app.extensions["motor"] = Motor(worker)
        if not forks:
            app.extensions["motor"].start()
    return app


def _configure(app: Flask, config: Config) -> None:
    app.config.update(
        SECRET_KEY=config.secret_key,
        SECRET_KEY_FALLBACKS=list(config.secret_key_fallbacks),
        TESTING=config.testing,
        SESSION_COOKIE_NAME=config.cookie_name("third_option"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=config.secure,
        SESSION_COOKIE_SAMESITE="None" if config.secure else "Lax",
        SESSION_COOKIE_PARTITIONED=config.secure,
        MAX_CONTENT_LENGTH=FORM_BYTES,  # the pages that take files raise it for themselves
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # a student's tab stays open for days; the token ends with the session
        BABEL_DEFAULT_TIMEZONE="UTC",
    )
    app.extensions["config"] = config
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _from_environment() -> Config:
    try:
        return Config.from_env(os.environ)
    except ConfigError as wrong:
        raise click.ClickException(str(wrong)) from wrong


def _works(config: Config) -> bool:
    """Whether the embedded motor runs in this process: where it answers requests, and no broker has others do it."""
    if config.testing or config.broker_url:
        return False
    command = click.get_current_context(silent=True)
    return command is None or command.info_name == "run"
