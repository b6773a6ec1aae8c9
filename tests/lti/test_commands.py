"""`flask lti …`, with the options that the documentation names."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

import lti
from engine.db import db
from lti.models.platform import Platform
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


def test_several_invites_are_an_address_each(app: Flask) -> None:
    addresses = run(app, "invite", "--count", "3").output.splitlines()
    assert [address.startswith(f"{TOOL}/lti/register?invite=") for address in addresses] == [True] * 3
    assert len(set(addresses)) == 3
    assert run(app, "invite", "--count", "0").exit_code == 2


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


def test_an_lms_cannot_be_named_so_that_the_list_of_them_is_another(app: Flask) -> None:
    assert add(app, "--deployment-id", "\x1b[1A\x1b[2K").exit_code == 0
    with app.app_context():
        db.session.execute(update(Platform).values(name="Riverbend\n2\tAnother"))
        db.session.commit()
    listed = run(app, "platforms").output
    assert "Riverbend\\n2\\tAnother" in listed
    assert "deployments \\x1b[1A\\x1b[2K" in listed
    assert len(listed.splitlines()) == 1


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


def test_how_many_calls_an_lms_bears_at_once_is_set_shown_and_unset(app: Flask) -> None:
    added = add(app, "--deployment-id", "*", "--at-once", "50")
    assert added.exit_code == 0
    assert run(app, "platforms").output.endswith("\tat once 50\n")
    number = added.output.split()[1].rstrip(":")
    assert run(app, "pace", number, "--at-once", "12").output == f"Platform {number}: at once 12\n"
    assert add(app, "--deployment-id", "*").exit_code == 0, "another address leaves it as it is"
    assert run(app, "platforms").output.endswith("\tat once 12\n")
    assert run(app, "pace", number).output == f"Platform {number}: at once 2\n", "an LMS of which we know nothing"


def test_no_odd_number_of_calls_is_taken(app: Flask) -> None:
    add(app, "--deployment-id", "*")
    assert run(app, "pace", "1", "--at-once", "0").exit_code == 2
    assert run(app, "pace", "1", "--at-once", "5000").exit_code == 2
    missing = run(app, "pace", "999")
    assert missing.exit_code == 1
    assert "no platform 999" in missing.output


@pytest.mark.parametrize(
    ("row", "room"),
    [
        ({"product_family": "canvas"}, 1),
        ({"product_family": "moodle"}, 4),
        ({"product_family": "blackboard"}, 2),
        ({"product_family": "canvas", "at_once": 50}, 50),
        ({"product_family": "canvas", "at_once": 50, "slowed_to": 12}, 12),
        ({"product_family": "moodle", "slowed_to": 9}, 4),
    ],
)
def test_a_lane_has_room_for_what_its_lms_bears(
    app: Flask, wire: responses.RequestsMock, row: dict[str, Any], room: int
) -> None:
    lms = Lms(wire)
    lms.register(app)
    with app.app_context():
        db.session.execute(update(Platform).values(row))
        db.session.commit()
        assert lti.room(f"platform:{lms.platform_id}") == room
        assert [lti.room(lane) for lane in ("", "mail", "platform:", "platform:999999", "platform:x")] == [1] * 5
