"""What a registration asks of an LMS, member by member."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.lti.captures import captured
from tests.lti.office import PREFIX, TOOL_CLAIM, Canvas, Moodle
from tests.lti.platform import AGS, TOOL
from tests.lti.registering import canvas, config, invite, moodle, open_office, register

__all__ = ["canvas", "config", "invite", "moodle", "open_office"]

ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


@pytest.mark.one_database
def test_moodle_s_request_is_the_captured_one_member_by_member(
    client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    """Nothing that Moodle was seen to take is missing, and each member is of the same kind."""
    register(client, invite, moodle)
    (asked,) = moodle.requests
    example = moodle.example["request"]
    assert set(example) - set(asked) == {"contacts"}  # nobody's address is given away
    for name in ("response_types", "application_type", "grant_types", "token_endpoint_auth_method"):
        assert asked[name] == example[name]
    for name, end in (("initiate_login_uri", "login"), ("jwks_uri", "jwks"), ("logo_uri", "icon.svg")):
        assert asked[name] == f"{TOOL}/lti/{end}"
    assert asked["redirect_uris"] == [f"{TOOL}/lti/launch"]
    tool, theirs = asked[TOOL_CLAIM], example[TOOL_CLAIM]
    assert set(theirs) == set(tool)
    assert tool["domain"] == urlsplit(tool["target_link_uri"]).netloc == "tool.example"
    assert set(theirs["claims"]) <= set(tool["claims"])
    assert [message["type"] for message in tool["messages"]] == [message["type"] for message in theirs["messages"]]
    assert set(theirs["custom_parameters"].values()) <= set(tool["custom_parameters"].values())
    assert tool["messages"][1]["placements"] == ["ContentArea"]
    assert asked["scope"].split() == [
        AGS + "lineitem", AGS + "lineitem.readonly", AGS + "result.readonly", AGS + "score", ROSTER,
    ]  # fmt: skip


@pytest.mark.one_database
def test_the_office_answers_with_the_members_that_moodle_has(client: FlaskClient, invite: str, moodle: Moodle) -> None:
    register(client, invite, moodle)
    said, seen = moodle.answer(moodle.requests[0], moodle.client_id), moodle.example["response"]
    assert set(said) == set(seen)
    assert set(said[TOOL_CLAIM]) == set(seen[TOOL_CLAIM])
    assert set(said["scope"].split()) <= set(seen["scope"].split())


@pytest.mark.one_database
def test_everything_is_asked_for_once(client: FlaskClient, invite: str, canvas: Canvas) -> None:
    """All that the LMSs were seen to fill in: a later wish would mean that every school registers anew."""
    register(client, invite, canvas)
    (asked,) = canvas.requests
    tool = asked[TOOL_CLAIM]
    custom = tool["custom_parameters"]
    wanted = captured("canvas", "developer_key_config")["custom_fields"]
    assert wanted.items() <= custom.items()
    for variable in ("$Moodle.Person.userGroupIds", "$Context.id.history", "$CourseSection.timeFrame.begin",
                     "$CourseSection.timeFrame.end", "$ResourceLink.submission.endDateTime",
                     "$ResourceLink.available.startDateTime", "$ResourceLink.available.endDateTime"):  # fmt: skip
        assert variable in custom.values()
    assert all(name == name.lower() and name.isidentifier() for name in custom)
    assert all(variable.startswith("$") for variable in custom.values())
    assert len(set(custom.values())) == len(custom)
    assert asked["scope"].split()[-1] == "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
    assert (tool[PREFIX + "privacy_level"], tool[PREFIX + "tool_id"]) == ("public", "third-option")


@pytest.mark.one_database
def test_placements_are_named_as_the_platform_names_them(client: FlaskClient, invite: str, canvas: Canvas) -> None:
    register(client, invite, canvas)
    messages = {m["type"]: m for m in canvas.requests[0][TOOL_CLAIM]["messages"]}
    assert {kind: message["placements"] for kind, message in messages.items()} == {
        "LtiResourceLinkRequest": [PREFIX + "course_navigation"],
        "LtiDeepLinkingRequest": [
            PREFIX + name for name in ("assignment_selection", "course_assignments_menu", "module_index_menu_modal")
        ],
    }
    assert messages["LtiResourceLinkRequest"][PREFIX + "course_navigation/default_enabled"] is False
