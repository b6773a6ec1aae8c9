"""Deep-link replies: signed, whole, shaped for each platform, and posted by a page that hides nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import update
from werkzeug.test import TestResponse

import lti
from engine.clock import real_now
from engine.db import db
from lti.models.launch import DeepLinkRequest
from tests.lti.conftest import Landed
from tests.lti.platform import LTI, TOOL, Lms

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
OPENS, LOCK, DUE = (datetime(2026, 11, day, 8, tzinfo=UTC) for day in (10, 28, 25))

pytestmark = pytest.mark.one_database


def item(points: float | None = 20, **more: Any) -> lti.ContentItem:
    column = lti.LineItemAsked(points, label="Energy project", resource_id="key", tag="activity") if points else None
    return lti.ContentItem(
        url=f"{TOOL}/lti/launch?activity=key",
        title="Energy project",
        text="Choose one of three ways.",
        custom={"activity_key": "key"},
        line_item=column,
        available_from=OPENS,
        available_until=LOCK,
        submission_until=DUE,
        **more,
    )


class Form(HTMLParser):
    """The one form of a page: its address and its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str | None, str | None] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found["action"] or ""
        if tag == "input":
            self.fields[found["name"]] = found["value"]


def serve_reply(app: Flask, landed: Landed, items: list[lti.ContentItem], message: str = "") -> None:
    """An endpoint that answers the last deep-linking launch, as a domain's view would."""

    @app.post("/reply")
    def reply() -> Any:
        asked = lti.deep_link_request(landed.last["request_id"])
        assert asked is not None
        response = lti.reply(asked, items, message)
        db.session.commit()
        return response

    app.extensions["csrf"].exempt(reply)


def answer(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed, items: list[lti.ContentItem], message: str = "",
    **settings: Any,
) -> tuple[dict[str, Any], Form, TestResponse]:  # fmt: skip
    """Launch, reply, read the reply as the platform does: (claims, form, page)."""
    serve_reply(app, landed, items, message)
    placement = settings.pop("placement", None)
    said = lms.deep_linking(**settings)
    if placement:
        said["https://www.instructure.com/placement"] = placement
    assert lms.launch(client, said).status_code == 303
    page = client.post("/reply")
    form = Form(page.text)
    keys = KeySet.import_key_set(client.get("/lti/jwks").get_json())
    token = jwt.decode(str(form.fields["JWT"]), keys)
    assert token.header["alg"] == "RS256"
    return token.claims, form, page


def moodle(app: Flask, wire: responses.RequestsMock) -> Lms:
    lms = Lms(wire, family="moodle")
    lms.register(app)
    return lms


def test_the_reply_is_what_canvas_checks(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    said, form, _page = answer(app, client, lms, landed, [item()])
    assert form.action == "https://lms.example/deep_link?data=opaque"
    assert (said["iss"], said["aud"]) == ("client-1", ["https://lms.example"])
    assert 0 < said["exp"] - said["iat"] <= 600
    assert said["nonce"]
    assert said[LTI + "message_type"] == "LtiDeepLinkingResponse"
    assert said[LTI + "version"] == "1.3.0"
    assert said[LTI + "deployment_id"] == "dep-1"
    assert said[DL + "content_items"] == [
        {
            "type": "ltiResourceLink",
            "url": f"{TOOL}/lti/launch?activity=key",
            "title": "Energy project",
            "text": "Choose one of three ways.",
            "custom": {"activity_key": "key"},
            "lineItem": {"scoreMaximum": 20, "label": "Energy project", "resourceId": "key", "tag": "activity"},
            "available": {"startDateTime": "2026-11-10T08:00:00Z", "endDateTime": "2026-11-28T08:00:00Z"},
            "submission": {"endDateTime": "2026-11-25T08:00:00Z"},
        }
    ]


def test_data_goes_back_unchanged_and_is_absent_where_there_was_none(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed
) -> None:
    said, _form, _page = answer(app, client, lms, landed, [item()])
    assert DL + "data" not in said


@pytest.mark.parametrize("data", ["opaque", {"a": [1]}, ""])
def test_any_data_goes_back(app: Flask, client: FlaskClient, lms: Lms, landed: Landed, data: Any) -> None:
    said, _form, _page = answer(app, client, lms, landed, [item()], data=data)
    assert said[DL + "data"] == data


@pytest.mark.parametrize(("points", "column"), [(20, 20), (1, 1), (100, 100), (17.5, 100), (150, 100), (0.5, 100)])
def test_moodle_s_column_has_a_whole_number_from_1_to_100(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, landed: Landed, points: float, column: int
) -> None:
    said, _form, _page = answer(app, client, moodle(app, wire), landed, [item(points)])
    found = said[DL + "content_items"][0]["lineItem"]["scoreMaximum"]
    assert (found, json.dumps(found)) == (column, str(column))


def test_other_platforms_get_the_points_as_they_are(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    said, _form, _page = answer(app, client, lms, landed, [item(17.5)])
    assert said[DL + "content_items"][0]["lineItem"]["scoreMaximum"] == 17.5


def test_moodle_gets_no_dates_since_it_ignores_them(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, landed: Landed
) -> None:
    said, _form, _page = answer(app, client, moodle(app, wire), landed, [item()])
    assert not {"available", "submission"} & set(said[DL + "content_items"][0])


@pytest.mark.parametrize(("family", "told"), [("canvas", False), ("moodle", False), ("desire2learn", True), ("", True)])
def test_a_gradebook_that_has_to_be_told_is_told_that_work_can_be_looked_at_here(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, landed: Landed, family: str, told: bool
) -> None:
    other = Lms(wire, family=family)
    other.register(app)
    said, _form, _page = answer(app, client, other, landed, [item()])
    review = said[DL + "content_items"][0]["lineItem"].get("submissionReview")
    assert (review is not None) is told
    if review:
        assert review["url"] == f"{TOOL}/lti/launch?activity=key"
        assert {"Submitted", "Completed"} < set(review["reviewableStatus"])


def test_ungraded_means_no_column(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    said, _form, _page = answer(app, client, lms, landed, [item(None)])
    assert "lineItem" not in said[DL + "content_items"][0]


@pytest.mark.parametrize(
    ("placement", "column"),
    [("assignment_selection", True), ("course_assignments_menu", True), ("link_selection", False),
     ("https://canvas.instructure.com/lti/editor_button", False)],
)  # fmt: skip
def test_canvas_placements_decide_whether_a_column_can_be_had(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed, placement: str, column: bool
) -> None:
    said, _form, _page = answer(app, client, lms, landed, [item()], placement=placement)
    assert ("lineItem" in said[DL + "content_items"][0]) is column


def test_nothing_chosen_closes_the_dialogue(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    said, _form, page = answer(app, client, lms, landed, [], "Nothing was added")
    assert said[DL + "content_items"] == []
    assert said[DL + "msg"] == "Nothing was added"
    assert "Nothing is added" in page.text


def test_several_items_only_where_several_fit(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    said, _form, _page = answer(app, client, lms, landed, [item(), item()])
    assert len(said[DL + "content_items"]) == 2


def test_a_place_for_one_takes_no_two(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    lms.launch(client, lms.deep_linking(accept_multiple=False))
    with app.test_request_context():
        asked = lti.deep_link_request(landed.last["request_id"])
        assert asked is not None
        with pytest.raises(ValueError, match="one link"):
            lti.reply(asked, [item(), item()])


def test_the_page_may_post_to_that_address_only_and_runs_no_inline_script(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed
) -> None:
    _said, _form, page = answer(app, client, lms, landed, [item()])
    assert "form-action 'self' https://lms.example;" in page.headers["Content-Security-Policy"]
    assert "<button" in page.text
    assert all("src=" in tag for tag in page.text.split("<script")[1:])
    with client.get("/lti/static/post-on.js") as script:
        assert script.status_code == 200


def test_a_hostile_return_address_is_escaped(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    address = 'https://lms.example/r?"><script>alert(1)</script>'
    _said, form, page = answer(app, client, lms, landed, [item()], deep_link_return_url=address)
    assert form.action == address
    assert "<script>alert" not in page.text


def test_a_request_is_forgotten_after_a_day(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    lms.launch(client, lms.deep_linking())
    name = landed.last["request_id"]
    with app.app_context():
        assert lti.deep_link_request(name) is not None
        db.session.execute(update(DeepLinkRequest).values(expires_at=real_now() - timedelta(seconds=1)))
        db.session.commit()
        assert lti.deep_link_request(name) is None
        assert lti.deep_link_request("no such") is None


def test_an_answer_is_noted(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    answer(app, client, lms, landed, [item()])
    with app.app_context():
        asked = lti.deep_link_request(landed.last["request_id"])
        assert asked is not None
        assert asked.answered_at is not None
