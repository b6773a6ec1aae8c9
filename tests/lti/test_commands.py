"""`flask lti …`, with the options that the documentation names."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient

from tests.lti.platform import TOOL, Lms


def run(app: Flask, *words: str) -> Any:
    return app.test_cli_runner().invoke(args=["lti", *words])


def add(app: Flask, *more: str, issuer: str = "https://lms.example") -> Any:
    return run(
        app, "add-platform", "--issuer", issuer, "--client-id", "client-1", "--auth-login-url",
        "https://lms.example/auth", "--auth-token-url", "https://lms.example/token", "--jwks-url",
        "https://lms.example/jwks", *more,
    )  # fmt: skip


def test_invite_prints_the_address_alone_on_a_line(app: Flask) -> None:
    done = run(app, "invite")
    assert done.exit_code == 0
    assert done.output.startswith(f"{TOOL}/lti/register?invite=")
    assert len(done.output.splitlines()) == 1


def test_a_platform_added_by_hand_can_launch(app: Flask, client: FlaskClient, wire: responses.RequestsMock) -> None:
    assert add(app, "--deployment-id", "dep-1").exit_code == 0
    assert Lms(wire).launch(client).status_code == 303


def test_several_deployments_and_any(app: Flask, client: FlaskClient, wire: responses.RequestsMock) -> None:
    add(app, "--deployment-id", "dep-1", "--deployment-id", "dep-2")
    lms = Lms(wire)
    assert lms.launch(client, lms.claims(deployment_id="dep-2")).status_code == 303
    assert lms.launch(client, lms.claims(deployment_id="dep-3")).status_code == 403
    add(app, "--deployment-id", "*")
    assert lms.launch(client, lms.claims(deployment_id="dep-3")).status_code == 303


def test_adding_again_updates(app: Flask) -> None:
    add(app, "--deployment-id", "1")
    add(app, "--deployment-id", "1", "--name", "Riverbend", "--token-audience", "https://aud.example")
    lines = run(app, "platforms").output.splitlines()
    assert len(lines) == 1
    for word in ("Riverbend", "https://lms.example", "client-1", "deployments 1"):
        assert word in lines[0]


@pytest.mark.parametrize("words", [[], ["--deployment-id", "1", "--jwks-url", "nothing"]])
def test_a_missing_or_wrong_option_is_named(app: Flask, words: list[str]) -> None:
    done = add(app, *words)
    assert done.exit_code == 2
    assert "--deployment-id" in done.output or "--jwks-url" in done.output


def test_no_platform_yet_says_what_to_do(app: Flask) -> None:
    assert "flask lti invite" in run(app, "platforms").output
