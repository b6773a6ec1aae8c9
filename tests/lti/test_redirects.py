"""Where a login and a launch lead: to the platform's authorisation address and to this tool's own pages, whatever
addresses stand in what was sent; and to the activity that the link was signed for, no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import db
from lti.models.context import User
from personalization.activity.model import Activity
from personalization.people.model import Person
from tests.cast import make_activity
from tests.lti.conftest import known_to
from tests.lti.platform import TOOL, Lms
from tests.lti.traces import everything

pytestmark = pytest.mark.one_database

ELSEWHERE = [
    "https://evil.example/",
    "https://evil.example/lti/launch?activity=KEY",
    "//evil.example/lti/launch",
    "https:evil.example",
    "https:///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://tool.example@evil.example/lti/launch",
    "https://evil.example#@tool.example/lti/launch",
    "https://evil.example?tool.example",
    "https://tool.example.evil.example/lti/launch",
    "https://evil.example\\@tool.example/",
    "https://tool.example\r\nLocation: https://evil.example",
    "javascript:alert(1)//tool.example",
    "data:text/html,<script>alert(1)</script>",
    "https://[::1",
    "https://tool.example:99999/",
    "not an address",
    " ",
]


def is_ours(location: str) -> bool:
    """Whether a browser at the tool stays there: a path of one slash, or the tool's own origin."""
    parts = urlsplit(location)
    path_only = not parts.scheme and not parts.netloc and location.startswith("/") and location[1:2] not in {"/", "\\"}
    return path_only or (parts.scheme, parts.netloc) == ("https", urlsplit(TOOL).netloc)


@dataclass(frozen=True)
class Made:
    """A published activity: its key, and where its teacher lands."""

    key: str
    page: str


@pytest.fixture
def here(house: Flask, visitor: FlaskClient, school: Lms) -> Made:
    """In the course that launches are of."""
    return made(house, school, visitor, "course-1", "user-1")


@pytest.fixture
def there(house: Flask, school: Lms) -> Made:
    """In another course of the same school, by another teacher."""
    return made(house, school, house.test_client(), "course-2", "user-2")


def made(house: Flask, lms: Lms, client: FlaskClient, course: str, sub: str) -> Made:
    said = lms.claims("Instructor", context={"id": course}, resource_link={"id": "first"}, sub=sub)
    assert lms.launch(client, said).status_code == 303
    with house.app_context():
        by = db.session.scalars(select(Person).join(User, Person.user_id == User.id).where(User.sub == sub)).one()
        activity = db.session.get_one(Activity, make_activity(by.course_id, by.id))
        db.session.commit()
        return Made(activity.key, f"/activities/{activity.id}")


def opened(lms: Lms, client: FlaskClient, role: str = "Instructor", **said: Any) -> Any:
    """The answer to a launch of a link that was never opened before."""
    return lms.launch(client, lms.claims(role, **{"resource_link": {"id": "new"}, **said}))


def placements(app: Flask) -> int:
    return len(everything(app).get("placement", []))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("target", ["", *ELSEWHERE, f"{TOOL}/lti/launch"])
def test_a_login_leads_to_the_platform_alone(visitor: FlaskClient, school: Lms, method: str, target: str) -> None:
    """Its target_link_uri is signed by nobody: nothing follows from it, neither the state's words nor where to."""
    asked = {"iss": school.issuer, "login_hint": "h", "client_id": school.client_id, "target_link_uri": target}
    extra = {"redirect_uri": "https://evil.example/", "lti_message_hint": "https://evil.example/"}
    send: dict[str, Any] = {"query_string": {**asked, **extra}} if method == "GET" else {"data": {**asked, **extra}}
    answer = visitor.open("/lti/login", method=method, **send)
    assert answer.status_code == 302
    assert answer.location.startswith(f"{school.host}/auth?")
    assert "redirect_uri=https%3A%2F%2Ftool.example%2Flti%2Flaunch&" in answer.location
    assert "\n" not in answer.location


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_signed_address_elsewhere_is_not_gone_to(
    visitor: FlaskClient, school: Lms, here: Made, role: str, target: str
) -> None:
    """Not even its activity is opened: the link was signed for another server's page, or for none."""
    answer = opened(school, visitor, role, target_link_uri=target.replace("KEY", here.key))
    if role == "Instructor":
        assert is_ours(answer.location)
        assert "/activities/new" in answer.location
    else:
        assert answer.status_code == 200
        assert "not ready yet" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        f"{TOOL}/lti/launch?activity=KEY",
        f"{TOOL}/?activity=KEY",
        f"{TOOL}/courses/1/queue?activity=KEY",
        f"{TOOL}:8443/lti/launch?activity=KEY",
        "http://tool.example/lti/launch?activity=KEY",  # Moodle puts http:// before what a teacher typed
    ],
)
def test_any_address_of_this_tool_opens_the_activity_it_names(
    visitor: FlaskClient, school: Lms, here: Made, address: str
) -> None:
    """Its path leads nowhere by itself: what a launch opens follows from the key and from who asks."""
    assert opened(school, visitor, target_link_uri=address.replace("KEY", here.key)).location == here.page


def test_a_link_made_before_the_tool_moved_opens_what_its_own_parameters_name(
    visitor: FlaskClient, school: Lms, here: Made
) -> None:
    said: dict[str, Any] = {"target_link_uri": "https://old.example/lti/launch", "custom": {"activity_key": here.key}}
    assert opened(school, visitor, **said).location == here.page


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize("way", ["custom", "target_link_uri"])
def test_the_key_of_another_course_s_activity_reveals_nothing(
    house: Flask, visitor: FlaskClient, school: Lms, here: Made, there: Made, role: str, way: str
) -> None:
    """The page is the very one that a key nobody has leads to, and no link is bound."""
    before, pages = placements(house), []
    for key in (there.key, "k" * len(there.key)):
        named = {"custom": {"activity_key": key}, "target_link_uri": f"{TOOL}/lti/launch?activity={key}"}
        answer = opened(school, visitor, role, **{way: named[way]})
        page = answer if answer.status_code == 200 else visitor.get(answer.location)
        pages.append((answer.headers.get("Location"), page.status_code, page.text.partition("<main")[2].count("\n")))
    assert pages[0] == pages[1]
    assert placements(house) == before


def test_the_key_of_another_school_s_activity_reveals_nothing(
    house: Flask, visitor: FlaskClient, school: Lms, here: Made, wire: responses.RequestsMock
) -> None:
    other = known_to(house, Lms(wire, school.issuer, "client-2", host="https://other.example"))
    before = placements(house)
    said: dict[str, Any] = {"custom": {"activity_key": here.key}, "target_link_uri": f"{TOOL}/?activity={here.key}"}
    assert "/activities/new" in opened(other, visitor, **said).location
    assert placements(house) == before


def test_a_link_that_is_bound_is_led_to_no_other_course_s_activity(
    visitor: FlaskClient, school: Lms, here: Made, there: Made
) -> None:
    assert opened(school, visitor, custom={"activity_key": here.key}).location == here.page
    for key in (there.key, "k" * len(there.key), "", "../../etc"):
        address = f"{TOOL}/lti/launch?activity={key}&work=1"
        assert opened(school, visitor, custom={"activity_key": key}, target_link_uri=address).location == here.page


@pytest.mark.parametrize("address", [one for one in ELSEWHERE if one.strip()])
def test_a_return_address_elsewhere_leads_nobody_away(visitor: FlaskClient, school: Lms, address: str) -> None:
    said = {"launch_presentation": {"return_url": address, "document_target": "window"}}
    answer = school.launch(visitor, school.claims("Instructor", **said))
    assert is_ours(answer.location)
    page = visitor.get(answer.location)
    assert page.status_code == 200
    assert "evil.example" not in page.text


@pytest.mark.parametrize("error", ["login_required", "https://evil.example", "<script>alert(1)</script>"])
def test_an_error_of_the_platform_leads_nowhere(visitor: FlaskClient, school: Lms, error: str) -> None:
    asked = school.login(visitor)
    form = {"error": error, "error_description": "https://evil.example", "error_uri": "https://evil.example"}
    answer = visitor.post("/lti/launch", data={**form, "state": asked["state"]})
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "evil.example" not in answer.text
