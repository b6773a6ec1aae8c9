"""Canvas's notices: where a tool may want them, and the one word of a copied course."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from demo.base import Role
from demo.store import Course
from tests.demo.riverbend import BIOLOGY, HISTORY, Riverbend
from tests.demo.stand_in import LTI, MEMBERS, NOTICES

SERVICE = f"{LTI}platformnotificationservice"


def offered(riverbend: Riverbend) -> dict[str, Any]:
    claims = riverbend.claims(riverbend.teacher(), f"/activities/{riverbend.add_activity()}/launch")
    found: dict[str, Any] = claims[SERVICE]
    return found


def put(riverbend: Riverbend, *scopes: str, **over: Any) -> requests.Response:
    asked = {"notice_type": "LtiContextCopyNotice", "handler": f"{riverbend.tool.url}/lti/notices", **over}
    bearer = riverbend.tool.bearer(riverbend.issuer(), *(scopes or (NOTICES,)))
    url = offered(riverbend)["platform_notification_service_url"]
    return requests.put(url, json=asked, headers=bearer, timeout=5)


def copy(riverbend: Riverbend, course_id: int) -> str:
    """The context id of a fresh copy."""
    teacher = riverbend.browser(riverbend.one_with(Role.TEACHER, course_id))
    answer = teacher.post(f"{riverbend.url}/courses/{course_id}/copies", data={"title": "Once more"}, timeout=10)
    assert answer.status_code == 200
    with riverbend.session() as session:
        return session.get_one(Course, int(answer.url.rpartition("/")[2])).context_id


def test_a_launch_says_where_notices_are_to_be_had(riverbend: Riverbend) -> None:
    found = offered(riverbend)
    assert found["scope"] == [NOTICES]
    assert "LtiContextCopyNotice" in found["notice_types_supported"]
    moodle = riverbend.one_with(Role.TEACHER, HISTORY)
    path = f"/activities/{riverbend.add_activity(HISTORY)}/launch"
    assert SERVICE not in riverbend.claims(riverbend.browser(moodle), path)


def test_a_copied_course_is_told_once(riverbend: Riverbend) -> None:
    answer = put(riverbend)
    assert answer.json() == {"notice_type": "LtiContextCopyNotice", "handler": f"{riverbend.tool.url}/lti/notices"}
    riverbend.tool.notices.clear()
    made = copy(riverbend, BIOLOGY)
    (claims,) = riverbend.tool.notices
    with riverbend.session() as session:
        origin = session.get_one(Course, BIOLOGY).context_id
    assert claims[f"{LTI}notice"]["type"] == "LtiContextCopyNotice"
    assert (claims[f"{LTI}context"]["id"], claims[f"{LTI}origin_contexts"]) == (made, [origin])
    assert claims["azp"] == claims["aud"]
    assert claims["nonce"]
    assert "sub" not in claims


def test_nobody_is_told_who_took_their_address_back(riverbend: Riverbend) -> None:
    assert put(riverbend).ok
    assert put(riverbend, handler="").json()["handler"] == ""
    riverbend.tool.notices.clear()
    copy(riverbend, BIOLOGY)
    assert riverbend.tool.notices == []


def test_a_tool_that_is_away_stops_no_copy(riverbend: Riverbend) -> None:
    assert put(riverbend, handler=f"{riverbend.tool.url}/nowhere").ok
    assert copy(riverbend, BIOLOGY)
    assert put(riverbend, handler="").ok


def test_handlers_are_listed(riverbend: Riverbend) -> None:
    put(riverbend)
    url, bearer = (
        offered(riverbend)["platform_notification_service_url"],
        riverbend.tool.bearer(riverbend.issuer(), NOTICES),
    )
    listed = requests.get(url, headers=bearer, timeout=5).json()
    assert {one["notice_type"]: one["handler"] for one in listed["notice_handlers"]} == {
        "LtiHelloWorldNotice": "",
        "LtiContextCopyNotice": f"{riverbend.tool.url}/lti/notices",
    }


@pytest.mark.parametrize(
    ("over", "status"),
    [
        ({"handler": "https://elsewhere.example/notices"}, 422),
        ({"handler": None}, 400),
        ({"notice_type": "Unknown"}, 400),
        ({"notice_type": None}, 400),
    ],
)
def test_an_address_that_is_none_is_refused(riverbend: Riverbend, over: dict[str, Any], status: int) -> None:
    assert put(riverbend, **over).status_code == status


def test_another_scope_opens_no_notices(riverbend: Riverbend) -> None:
    assert put(riverbend, MEMBERS).status_code == 401
