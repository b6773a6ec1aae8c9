"""PyLTI1p3's own minimal Flask tool, as its documentation has it: a login, a launch, no database.

It keeps what it must in Flask's session and reads its platforms from a dict. By default it fetches the platform's keys
at every launch; with KEY_SET the keys are in the dict, so that it fetches none. gunicorn serves `make()`.
"""

from __future__ import annotations

import json
import os
from typing import Any

from flask import Flask, Response, jsonify, url_for
from pylti1p3.contrib.flask.message_launch import FlaskMessageLaunch
from pylti1p3.contrib.flask.oidc_login import FlaskOIDCLogin
from pylti1p3.contrib.flask.request import FlaskRequest
from pylti1p3.tool_config.dict import ToolConfDict

from benchmarks.lms import AUTH


def make() -> Flask:
    app = Flask("minimal")
    app.config.update(SECRET_KEY=os.environ["SECRET_KEY"], SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="None")
    registered: Any = {
        "client_id": os.environ["CLIENT"],
        "auth_login_url": AUTH,
        "auth_token_url": AUTH,
        "key_set_url": os.environ["JWKS_URL"],
        "key_set": json.loads(os.environ.get("KEY_SET", "null")),
        "deployment_ids": [os.environ["DEPLOYMENT"]],
    }
    conf = ToolConfDict({os.environ["ISSUER"]: [registered]})

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Response:
        begun: Any = FlaskOIDCLogin(FlaskRequest(), conf)  # type: ignore[no-untyped-call]  # the library has none
        answer: Response = begun.redirect(url_for("launch", _external=True))
        return answer

    @app.post("/launch")
    def launch() -> Response:
        message: Any = FlaskMessageLaunch(FlaskRequest(), conf)  # type: ignore[no-untyped-call]
        return jsonify(hello=message.get_launch_data().get("name"))

    return app
