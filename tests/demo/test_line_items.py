"""Gradebook columns by AGS: who may, what is kept, and where the platforms differ."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.demo.riverbend import BIOLOGY, HISTORY, Riverbend
from tests.demo.stand_in import AGS, LINE_ITEM_TYPE, LTI, next_link

LIST_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
BOTH = pytest.mark.parametrize(("manner", "course_id"), [("canvas", BIOLOGY), ("moodle", HISTORY)])


class Columns:
    """The line items of one course, as the tool calls them."""

    def __init__(self, riverbend: Riverbend, manner: str, course_id: int) -> None:
        claims = riverbend.claims(riverbend.teacher(), f"/courses/{course_id}/choose/launch")
        self.address = str(claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitems"])
        self.bearer = riverbend.tool.bearer(riverbend.issuer(manner))

    def find(self, **query: str) -> requests.Response:
        headers = self.bearer | {"Accept": LIST_TYPE}
        return requests.get(self.address, params=query, headers=headers, timeout=5)

    def make(self, **body: Any) -> requests.Response:
        return self._send("POST", self.address, body)

    def change(self, address: str, **body: Any) -> requests.Response:
        return self._send("PUT", address, body)

    def get(self, address: str) -> requests.Response:
        return requests.get(address, headers=self.bearer | {"Accept": LINE_ITEM_TYPE}, timeout=5)

    def delete(self, address: str) -> requests.Response:
        return requests.delete(address, headers=self.bearer, timeout=5)

    def _send(self, method: str, address: str, body: dict[str, Any]) -> requests.Response:
        headers = self.bearer | {"Content-Type": LINE_ITEM_TYPE}
        return requests.request(method, address, json=body, headers=headers, timeout=5)


@BOTH
def test_a_column_of_the_tool_s_own(riverbend: Riverbend, manner: str, course_id: int) -> None:
    columns = Columns(riverbend, manner, course_id)
    made = columns.make(label="Effort", scoreMaximum=12.5, tag="effort", resourceId="r1")
    assert made.status_code == 201
    address = made.json()["id"]
    assert columns.get(address).json() == {
        "id": address,
        "label": "Effort",
        "scoreMaximum": 12.5,
        "tag": "effort",
        "resourceId": "r1",
    }
    assert [item["id"] for item in columns.find(tag="effort").json()] == [address]
    assert columns.find(tag="nothing").json() == []
    assert columns.delete(address).status_code == 204
    assert columns.get(address).status_code == 404


@BOTH
def test_a_column_for_a_link(riverbend: Riverbend, manner: str, course_id: int) -> None:
    columns = Columns(riverbend, manner, course_id)
    activity = riverbend.add_activity(course_id, lineItem=None)
    launch = riverbend.claims(riverbend.teacher(), f"/activities/{activity}/launch")
    link = launch[f"{LTI}resource_link"]["id"]
    made = columns.make(label="Late column", scoreMaximum=10, resourceLinkId=link)
    assert made.status_code == 201
    assert riverbend.line_item(activity) == made.json()["id"]
    course = launch[f"{LTI}context"]["id"] if manner == "canvas" else "999"
    refused = columns.make(label="No link", scoreMaximum=10, resourceLinkId=course)
    assert refused.status_code == (404 if manner == "canvas" else 403)


def test_a_change_is_kept_and_moodle_forgets_what_is_left_out(riverbend: Riverbend) -> None:
    for manner, course_id, tag in (("canvas", BIOLOGY, "activity"), ("moodle", HISTORY, "")):
        columns = Columns(riverbend, manner, course_id)
        address = riverbend.line_item(riverbend.add_activity(course_id))
        assert columns.change(address, label="Renamed", scoreMaximum=40).status_code == 200
        kept = columns.get(address).json()
        assert (kept["label"], kept["scoreMaximum"], kept["tag"]) == ("Renamed", 40, tag)


def test_canvas_keeps_the_column_of_an_assignment(riverbend: Riverbend) -> None:
    columns = Columns(riverbend, "canvas", BIOLOGY)
    address = riverbend.line_item(riverbend.add_activity())
    assert columns.delete(address).status_code == 401
    assert columns.get(address).status_code == 200


def test_moodle_lets_a_tool_delete_the_column_of_an_activity(riverbend: Riverbend) -> None:
    activity = riverbend.add_activity(HISTORY)
    assert Columns(riverbend, "moodle", HISTORY).delete(riverbend.line_item(activity)).status_code == 204
    claims = riverbend.claims(riverbend.teacher(), f"/activities/{activity}/launch")
    assert "lineitem" not in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


@pytest.mark.parametrize(
    "body",
    [
        {"label": "No points"},
        {"scoreMaximum": 3},
        {"label": "", "scoreMaximum": 3},
        {"label": "x" * 256, "scoreMaximum": 3},
        {"label": "x", "scoreMaximum": "3"},
        {"label": "x", "scoreMaximum": -1},
        {"label": "x", "scoreMaximum": True},
    ],
)
def test_a_wrong_line_item_is_refused(riverbend: Riverbend, body: dict[str, Any]) -> None:
    assert Columns(riverbend, "canvas", BIOLOGY).make(**body).status_code == 400


def test_reading_does_not_let_change(riverbend: Riverbend) -> None:
    columns = Columns(riverbend, "canvas", BIOLOGY)
    columns.bearer = riverbend.tool.bearer(riverbend.issuer(), f"{AGS}result.readonly")
    assert columns.make(label="x", scoreMaximum=3).status_code == 401
    assert columns.find().status_code == 401


def test_a_long_list_has_pages(riverbend: Riverbend) -> None:
    columns = Columns(riverbend, "canvas", BIOLOGY)
    for number in range(12):
        assert columns.make(label=f"Many {number}", scoreMaximum=1, tag="many").status_code == 201
    first = columns.find(tag="many")
    assert len(first.json()) == 10
    following = next_link(first.headers["Link"])
    assert following
    columns.address = following
    assert [item["label"] for item in columns.find().json()] == ["Many 10", "Many 11"]


def test_moodle_s_list_has_links_that_ordinary_parsers_do_not_find(riverbend: Riverbend) -> None:
    columns = Columns(riverbend, "moodle", HISTORY)
    for number in range(3):
        columns.make(label=f"Moodle {number}", scoreMaximum=1)
    link = columns.find(limit="2").headers["Link"]
    assert next_link(link) is None
    assert "&amp;limit=2" in link
