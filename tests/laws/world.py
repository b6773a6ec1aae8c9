"""A rich little world for the laws: Biology 9B in the middle of an activity, with somebody in every state.

One student per state, named after it: `world.proposals["revising"]` is the idea of `world.students["revising"]`. Plain
values only, as in tests/cast.py. No text of a person in here holds a straight quote: whatever straight quote a page
shows is the page's own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from engine.db import db
from lti.models.context import Context, ResourceLink
from lti.models.launch import DeepLinkRequest
from lti.models.platform import Platform
from lti.reasons import Reason
from personalization.activity.bank import Banked
from personalization.activity.copy_offer import CopyOffer
from personalization.activity.model import Activity
from personalization.activity.rubric import generic_criteria
from personalization.board.reply import Fits, Reply
from personalization.choice.model import Event
from personalization.notice.model import Mail
from personalization.people.model import Course, Person, PersonSection, Role
from tests.cast import ISSUER, NOON, Cast, make_activity, make_cast, make_person, member, writing
from tests.laws.arrangements import arrange
from tests.laws.standings import HERS, LMS_DUE, MOMENTS, NAMES, OBSERVED, POND_DUE, World
from tests.laws.students import arrange_student
from tests.personalization.arranging import column_of

__all__ = ["LAUNCH", "LMS_DUE", "MOMENTS", "NAMES", "POND_DUE", "World", "make_world"]

LAUNCH = "the-launch-of-ms-okafor"  # the id of her waiting deep-linking launch


def make_world(app: Flask) -> World:
    with writing(app):
        cast = make_cast()
        world = World(cast=cast, link=_make_ways_in(cast))
        _enrol(world)
        _design(world)
        for standing in NAMES:
            arrange_student(world, standing)
        arrange(cast, world.students, world.activities["pond"], MOMENTS["ideas"])
        _mail(world)
        return world


def _make_ways_in(cast: Cast) -> int:
    """A deep-linking launch that waits for its answer, and a link that opens nothing: the link's id."""
    course = db.session.get_one(Course, cast.course_id)
    context = db.session.get_one(Context, course.context_id)
    context.memberships_url = f"{ISSUER}/courses/1/members"
    link = ResourceLink(context=context, resource_link_id="unbound", title="A new link", seen_at=NOON)
    now = datetime.now(UTC)  # a launch waits by the real clock
    settings = {
        "deep_link_return_url": f"{ISSUER}/courses/1/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "data": "opaque",
    }
    waiting = DeepLinkRequest(
        id=LAUNCH,
        context=context,
        user_id=cast.teacher.user_id,
        settings=settings,
        placement="assignment_selection",
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    db.session.add_all([link, waiting])
    db.session.flush()
    return link.id


def _enrol(world: World) -> None:
    """Everyone that tests/cast.py has not: one student per state, and the people on the edge of a course."""
    course = db.session.get_one(Course, world.cast.course_id)
    platform = db.session.get_one(Platform, world.cast.teacher.platform_id)
    for standing, name in NAMES.items():
        there = PersonSection(section="43" if standing in HERS else "42")
        world.students[standing] = member(make_person(course, name, Role.STUDENT, in_sections=[there]), platform)
    olu = db.session.get_one(Person, world.cast.observer.id)
    olu.mentees = [*olu.mentees, *(f"sub-{NAMES[standing]}" for standing in OBSERVED)]
    edge = {
        "administrator": make_person(course, "Ada Root", Role.ADMINISTRATOR),
        "both": make_person(course, "Kim Both", Role.TEACHER),
        "tester": make_person(course, "Test Student", Role.STUDENT, is_test=True),
        "left": make_person(course, "Lee Gone", Role.STUDENT),
        "limited": make_person(course, "Pia Lind", Role.ASSISTANT, sees_only_sections=True),
    }
    edge["limited"].in_sections = [PersonSection(section="43")]
    edge["both"].roles = [Role.TEACHER.value, Role.STUDENT.value]
    edge["left"].left_at = NOON - timedelta(days=1)
    db.session.flush()
    world.people.update({name: member(person, platform) for name, person in edge.items()})


def _design(world: World) -> None:
    cast, late = world.cast, NOON + timedelta(days=27)
    world.activities["pond"] = make_activity(cast.course_id, cast.teacher.id, lock=late)
    world.activities["ways"] = make_activity(
        cast.course_id, cast.teacher.id, "Leaf practice", graded=False, own_idea=False, work_due=None
    )
    world.activities["draft"] = make_activity(cast.course_id, cast.teacher.id, "Next month", published=False)
    pond = db.session.get_one(Activity, world.activities["pond"])
    column = column_of(pond.id)
    column.due = LMS_DUE
    column.context.paused_at, column.context.paused_why = NOON, Reason("course_ended").stored
    newer = generic_criteria()
    newer[0].description = "It is right, and it is said in your own words."
    pond.revise_rubric(newer, keep=True)
    pond.goal, pond.options[0].supports = "I can follow energy through a food web.", "A word list\nA sample poster"
    pond.options[1].minutes, pond.options[1].capacity, pond.options[1].audience = 90, 3, "Class 7A"
    db.session.flush()
    world.options.extend(o.id for o in pond.designed_options)
    kept = Banked(user_id=cast.teacher.user_id)
    kept.take({"title": "A radio play", "text": "Two voices, one pond.", "minutes": 60}, {}, NOON)
    db.session.add(kept)
    db.session.flush()
    world.banked.append(kept.id)
    world.offers.append(_offer(cast))
    reply = Reply(user_id=cast.teacher.user_id, fits=Fits.REVISE, words="Where do I see the energy?", kept_at=NOON)
    db.session.add(reply)
    db.session.flush()
    world.replies.append(reply.id)


def _offer(cast: Cast) -> int:
    """A link that came along from History 8A means the first of the two activities there."""
    there = cast.other_course_id
    maps, _songs = (make_activity(there, cast.other_teacher.id, title) for title in ("Old maps", "Old songs"))
    offer = CopyOffer(course_id=cast.course_id, origin_id=maps, source_id=maps, proven=True, made_at=NOON)
    db.session.add(offer)
    db.session.flush()
    return offer.id


def _mail(world: World) -> None:
    """One that went out, one that a mail server put off, one that it refused."""
    really = datetime.now(UTC)
    for standing in ("released", "revising", "returned"):
        event = db.session.scalars(
            select(Event).where(Event.choice_id == world.choices[standing]).order_by(Event.id.desc()).limit(1)
        ).one()
        student = db.session.get_one(Person, world.students[standing].id)
        mail = Mail.to(student, f"event {event.id}", event, really)
        mail.begin(really)
        match standing:
            case "released":
                mail.sent(really)
            case "revising":
                mail.put_off(really + timedelta(days=1), "451 4.7.1 Greylisted, come again")
            case "returned":
                mail.give_up("550 5.1.1 No such mailbox here")
        db.session.add(mail)
