"""The developer key JSON for Canvas, member by member as its documentation has it, and the pages for LMS admins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.config import Config
from lti import wishes
from lti.tool_configuration import CLAIMS, CUSTOM, SCOPES
from tests.lti.captures import captured
from tests.lti.platform import TOOL

pytestmark = pytest.mark.one_database

EXAMPLE: dict[str, Any] = captured("canvas", "developer_key_config")
CANVAS_CONFIGURATION: dict[str, Any] = captured("canvas", "openid_configuration")
MOODLE_CONFIGURATION: dict[str, Any] = captured("moodle-4.5", "openid-configuration")


@pytest.fixture
def key(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/lti/config.json")
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def shape(said: Any) -> Any:
    """Members and kinds of values, without what the values are."""
    match said:
        case dict():
            return {name: shape(value) for name, value in said.items()}
        case list():
            return [shape(value) for value in said[:1]]
        case _:
            return type(said).__name__


def test_it_has_every_member_of_the_example_and_of_the_same_kind(key: dict[str, Any]) -> None:
    example = {name: value for name, value in EXAMPLE.items() if not name.startswith("_")}
    assert set(key) == set(example)
    (extension,), (theirs,) = key["extensions"], example["extensions"]
    assert set(extension) == set(theirs)
    assert set(extension["settings"]) == set(theirs["settings"]) | {"icon_url"}
    for name in ("title", "description", "oidc_initiation_url", "target_link_uri", "public_jwk_url", "scopes"):
        assert shape(key[name]) == shape(example[name]), name


def test_addresses_are_this_server_s_https_ones(key: dict[str, Any]) -> None:
    assert key["oidc_initiation_url"] == f"{TOOL}/lti/login"
    assert key["target_link_uri"] == f"{TOOL}/lti/launch"
    assert key["public_jwk_url"] == f"{TOOL}/lti/jwks"
    assert key["extensions"][0]["domain"] == urlsplit(TOOL).hostname


def test_scopes_are_all_that_are_used_and_known_to_canvas(key: dict[str, Any]) -> None:
    assert set(EXAMPLE["scopes"]) <= set(key["scopes"])
    assert set(key["scopes"]) <= set(CANVAS_CONFIGURATION["scopes_supported"])
    assert len(set(key["scopes"])) == len(key["scopes"])
    wished = {name for wish in wishes.SERVICES for name in wish.names}
    assert set(SCOPES) == wished  # nothing is asked for that the pages do not explain


def test_custom_fields_are_variables_under_names_that_every_lms_takes(key: dict[str, Any]) -> None:
    assert EXAMPLE["custom_fields"].items() <= key["custom_fields"].items()
    for name, variable in key["custom_fields"].items():
        assert name == name.lower(), name
        assert name.isidentifier(), name
        assert variable.startswith("$"), name
    about = MOODLE_CONFIGURATION["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    offered = {f"${name}" for name in about["variables"]}
    assert {"$Context.id.history", "$Moodle.Person.userGroupIds"} <= offered & set(CUSTOM.values())


def test_names_are_asked_for_and_each_placement_is_whole(key: dict[str, Any]) -> None:
    (extension,), (theirs,) = key["extensions"], EXAMPLE["extensions"]
    assert (extension["tool_id"], extension["platform"]) == (theirs["tool_id"], theirs["platform"])
    assert extension["privacy_level"] == "public"
    placements = {one["placement"]: one for one in extension["settings"]["placements"]}
    for one in theirs["settings"]["placements"]:
        assert one.items() <= placements[one["placement"]].items()
    assert len(placements) == len(theirs["settings"]["placements"])
    for one in placements.values():
        assert set(one) - {"default"} == {"placement", "message_type", "target_link_uri", "text", "icon_url"}
        assert one["target_link_uri"] == f"{TOOL}/lti/launch"
    assert [name for name, one in placements.items() if "default" in one] == ["course_navigation"]


def test_every_place_and_every_person_s_claim_is_explained(key: dict[str, Any]) -> None:
    explained = {name for wish in (*wishes.PEOPLE, *wishes.PLACES) for name in wish.names}
    assert {one["placement"] for one in key["extensions"][0]["settings"]["placements"]} <= explained
    assert {"name", "given_name", "family_name", "email"} == explained & set(CLAIMS)


def test_a_domain_for_canvas_is_a_host_without_port(
    app_with: Callable[[Config], Flask], config: Config, key_values: dict[str, Any]
) -> None:
    app = app_with(replace(config, public_url="https://tool.example:8443"))
    key = app.test_client().get("/lti/config.json", base_url="https://tool.example").get_json()
    assert key["extensions"][0]["domain"] == "tool.example"
    assert key["target_link_uri"] == "https://tool.example:8443/lti/launch"


def test_the_icon_may_stand_on_an_lms_s_page(client: FlaskClient, key: dict[str, Any]) -> None:
    answer = client.get(urlsplit(key["extensions"][0]["settings"]["icon_url"]).path)
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "script" not in answer.text


def test_the_page_for_lms_admins_has_this_server_s_values(client: FlaskClient) -> None:
    page = client.get("/lti/setup")
    assert page.status_code == 200
    for path in ("login", "launch", "jwks", "config.json", "icon.svg", "register?invite=…"):
        assert f">{TOOL}/lti/{path}</code>" in page.text, path
    for scope in SCOPES:
        assert scope in page.text
    for wish in (*wishes.SERVICES, *wishes.PEOPLE):
        assert str(wish.what) in page.text
    assert "context_id_history=$Context.id.history" in page.text


@pytest.mark.parametrize("address", ["/", "/lti/launch"])
def test_whoever_opens_a_bare_address_is_told_where_to_go(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert "course page" in page.text
    assert 'href="/lti/setup"' in page.text
    assert "Set-Cookie" not in page.headers
