"""Where a launch leads: to what its own link names, whatever else the address says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

import lti
from engine.db import db
from personalization import arrival
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.errors import NotYours
from personalization.people.model import Person, Role
from tests.cast import NOON, Cast, make_activity, writing
from tests.personalization.arranging import activity_of, column_of, hand_in, release


def launch_of(cast: Cast, work: str) -> lti.Launch:
    user = db.session.get_one(lti.User, cast.teacher.user_id)
    address = f"https://tool.example/lti/launch?activity=x&work={work}"
    return lti.Launch("LtiResourceLinkRequest", 1, "canvas", user, frozenset(), frozenset(), address, {})


def placed(activity_id: int) -> lti.ResourceLink:
    """A link that opens this activity."""
    link = lti.ResourceLink(context_id=column_of(activity_id).context_id, resource_link_id="by-hand", seen_at=NOON)
    db.session.add(link)
    db.session.flush()
    db.session.add(Placement(resource_link_id=link.id, activity_id=activity_id, placed_at=NOON))
    db.session.flush()
    return link


@pytest.fixture
def work_id(app: Flask, cast: Cast, activity_id: int) -> int:
    with writing(app):
        return hand_in(activity_id, cast.student.id)


def test_a_column_of_a_second_link_gets_what_was_released_before(
    app: Flask, cast: Cast, activity_id: int, work_id: int
) -> None:
    with writing(app):
        release(work_id, cast.teacher.id)
        gone = column_of(activity_id)
        gone.gone_at = NOON
        activity = db.session.get_one(Activity, activity_id)
        column = lti.LineItem(context_id=gone.context_id, url=f"{gone.url}-2")
        db.session.add(column)
        db.session.flush()
        link = lti.ResourceLink(
            context_id=gone.context_id, resource_link_id="second", line_item_id=column.id, seen_at=NOON
        )
        db.session.add(link)
        db.session.flush()
        opened = replace(launch_of(cast, ""), resource_link=link, custom={"activity_key": activity.key})
        assert arrival._activity(opened, db.session.get_one(Person, cast.teacher.id)) is activity
        (score,) = lti.outgoing(column).values()
        assert (score.score_given, score.status) == (75, lti.Delivery.QUEUED)


@pytest.mark.parametrize(
    ("who", "custom", "goes_on"),
    [("student", False, "as before"), ("assistant", False, "as before"), ("teacher", False, "anew"),
     ("student", True, "anew")],
)  # fmt: skip
def test_no_address_that_a_student_had_signed_turns_the_class_s_link_to_another_activity(
    app: Flask, cast: Cast, activity_id: int, who: str, custom: bool, goes_on: str
) -> None:
    """Canvas (read) signs whatever address of ours a student asks for; the custom parameters are the teacher's."""
    with writing(app):
        other = make_activity(cast.course_id, cast.teacher.id, "Another")
        link = placed(activity_id)
        key = activity_of(other).key
        address = "https://tool.example/lti/launch?activity=" + key
        opened = replace(
            launch_of(cast, ""),
            resource_link=link,
            target_link_uri=address,
            custom={"activity_key": key} if custom else {},
        )
        found = arrival._activity(opened, db.session.get_one(Person, getattr(cast, who).id))
        assert found is not None
        assert found.id == (other if goes_on == "anew" else activity_id)
        bound = db.session.scalar(select(Placement).filter_by(resource_link_id=link.id))
        assert bound is not None
        assert bound.activity is found


@pytest.mark.parametrize(
    ("mentees", "way"), [(["sub-Amara Diallo"], "one"), (["sub-Amara Diallo", "sub-Noor Haddad"], "list"), ([], "list")]
)
def test_an_observer_lands_on_what_their_one_student_sees(
    app: Flask, cast: Cast, activity_id: int, mentees: list[str], way: str
) -> None:
    with writing(app):
        db.session.get_one(Person, cast.observer.id).mentees = mentees
    with app.test_request_context():
        found = arrival._way_in(
            activity_of(activity_id), db.session.get_one(Person, cast.observer.id), launch_of(cast, "")
        )
    one = f"/people/{cast.student.id}/activities/{activity_id}"
    assert found == {"one": one, "list": f"/courses/{cast.course_id}/welcome"}[way]


def test_an_observer_is_not_led_to_what_students_do_not_see(app: Flask, cast: Cast) -> None:
    with writing(app):
        draft = make_activity(cast.course_id, cast.teacher.id, published=False)
    with app.test_request_context():
        found = arrival._way_in(activity_of(draft), db.session.get_one(Person, cast.observer.id), launch_of(cast, ""))
    assert found == f"/courses/{cast.course_id}/welcome"


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ASSISTANT])
def test_whoever_learns_and_teaches_and_adds_an_activity_teaches_now(app: Flask, cast: Cast, role: Role) -> None:
    with app.test_request_context():
        me = db.session.get_one(Person, cast.teacher.id)
        me.roles, me.role, me.role_chosen = [role.value, Role.STUDENT.value], Role.STUDENT, True
        request = lti.DeepLinkRequest(id="asked", context_id=1, user_id=me.user_id, settings={}, created_at=NOON)
        if role is Role.ASSISTANT:
            with pytest.raises(NotYours):
                arrival._design(me, request)
        else:
            assert arrival._design(me, request).location == f"/courses/{cast.course_id}/activities/new?launch=asked"
        assert me.role is role
