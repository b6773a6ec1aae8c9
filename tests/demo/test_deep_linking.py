"""What comes back from the tool's dialogue, and what of it is refused."""

from __future__ import annotations

import time
from typing import Any

import pytest

from demo.store import Course
from tests.demo.riverbend import BIOLOGY, HISTORY, Riverbend
from tests.demo.stand_in import DEEP_LINKING, LTI, activity_item


def _titles(riverbend: Riverbend, course_id: int) -> list[str]:
    with riverbend.session() as session:
        return [activity.title for activity in session.get_one(Course, course_id).activities]


def test_an_item_becomes_an_activity_with_its_column_and_dates(riverbend: Riverbend) -> None:
    number = riverbend.add_activity(title="Pond", lineItem={"scoreMaximum": 16, "label": "Pond grade", "tag": "t"})
    with riverbend.session() as session:
        activity = next(one for one in session.get_one(Course, BIOLOGY).activities if one.id == number)
        assert activity.custom == {"activity_key": "a1"}
        assert activity.due_at
        assert [(one.label, one.maximum, one.tag) for one in activity.columns] == [("Pond grade", 16, "t")]


def test_several_items_and_none(riverbend: Riverbend) -> None:
    before = _titles(riverbend, BIOLOGY)
    items = [activity_item(riverbend.tool.url, title=title) for title in ("First", "Second")]
    assert riverbend.reply(riverbend.teacher(), BIOLOGY, *items).status_code == 200
    assert _titles(riverbend, BIOLOGY) == [*before, "First", "Second"]
    assert "Nothing was added" in riverbend.reply(riverbend.teacher(), BIOLOGY).text


def test_without_a_line_item_there_is_no_column(riverbend: Riverbend) -> None:
    number = riverbend.add_activity(lineItem=None)
    claims = riverbend.claims(riverbend.teacher(), f"/activities/{number}/launch")
    assert "lineitem" not in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


def test_moodle_takes_whole_points_to_100_and_no_dates(riverbend: Riverbend) -> None:
    for points in (17.5, 150, 0):
        item = activity_item(riverbend.tool.url, lineItem={"scoreMaximum": points, "label": "x"})
        refused = riverbend.reply(riverbend.teacher(), HISTORY, item)
        assert refused.status_code == 400
        assert "integer between 1 and 100" in refused.text
    number = riverbend.add_activity(HISTORY)
    with riverbend.session() as session:
        activity = next(one for one in session.get_one(Course, HISTORY).activities if one.id == number)
        assert activity.due_at is None
        assert activity.columns[0].label == activity.title


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"aud": "https://elsewhere.example"},
        {"exp": None},
        {"exp": int(time.time()) - 60},
        {"iat": int(time.time()) - 3600},
        {"nonce": None},
        {f"{LTI}message_type": "LtiResourceLinkRequest"},
        {f"{LTI}deployment_id": "another"},
        {f"{DEEP_LINKING}content_items": "none"},
        {f"{DEEP_LINKING}content_items": [{"type": "html", "html": "<b>"}]},
        {f"{DEEP_LINKING}content_items": [{"type": "ltiResourceLink", "url": "https://elsewhere.example/lti/launch"}]},
    ],
)
def test_a_reply_that_is_not_right_adds_nothing(riverbend: Riverbend, changes: dict[str, Any]) -> None:
    before = _titles(riverbend, BIOLOGY)
    refused = riverbend.reply(riverbend.teacher(), BIOLOGY, activity_item(riverbend.tool.url), **changes)
    assert refused.status_code == 400
    assert _titles(riverbend, BIOLOGY) == before


def test_all_or_nothing(riverbend: Riverbend) -> None:
    before = _titles(riverbend, BIOLOGY)
    items = [activity_item(riverbend.tool.url), {"type": "file", "url": "https://elsewhere.example/a.pdf"}]
    assert riverbend.reply(riverbend.teacher(), BIOLOGY, *items).status_code == 400
    assert _titles(riverbend, BIOLOGY) == before


def test_a_dialogue_ends_once_and_for_who_began_it(riverbend: Riverbend) -> None:
    teacher = riverbend.teacher()
    claims = riverbend.claims(teacher, f"/courses/{BIOLOGY}/choose/launch")
    back = claims[f"{DEEP_LINKING}deep_linking_settings"]["deep_link_return_url"]

    def reply(nonce: str) -> dict[str, str]:
        item = activity_item(riverbend.tool.url)
        return {"JWT": riverbend.tool.deep_linking_reply(claims["iss"], [item], nonce=nonce)}

    other = riverbend.browser(riverbend.person("Marguerite Bell"))
    assert other.post(back, data=reply("other"), timeout=5).status_code == 400
    assert teacher.post(back, data=reply("first"), timeout=5).status_code == 200
    assert teacher.post(back, data=reply("second"), timeout=5).status_code == 400


def test_a_nonce_is_good_once(riverbend: Riverbend) -> None:
    item = activity_item(riverbend.tool.url)
    assert riverbend.reply(riverbend.teacher(), BIOLOGY, item, nonce="the-same").status_code == 200
    assert riverbend.reply(riverbend.teacher(), BIOLOGY, item, nonce="the-same").status_code == 400
