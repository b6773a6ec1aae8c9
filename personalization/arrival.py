"""A launch arrives: who it is, which activity it opens, and which page that makes. A door."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import lti
from engine import clock
from engine.db import db
from personalization import next_page, standing
from personalization.activity import course_copy, deep_link
from personalization.activity.model import Activity
from personalization.choice.keeping import choice_of, retime_one
from personalization.errors import NotYours
from personalization.grading import gradebook, opening
from personalization.people import roster
from personalization.people.model import Person, Role

ACTIVITY_KEY, HISTORY = "activity_key", "context_id_history"  # custom parameters
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


def arrive(launch: lti.Launch) -> Response:
    """The page to go to. Called inside the launch's transaction, which lti/ commits."""
    if launch.context is None or launch.membership is None:
        return _page(
            _("Open this from a course"),
            _("Third Option works inside a course, where the people and the grades are."),
        )
    now = clock.now()
    if (address := _well_known(launch, now)) is not None:
        return redirect(address, 303)
    course = roster.course_of(launch.context, launch.product_family, launch.zone)
    me = roster.person_of(course, launch, now)
    if launch.deep_link is not None:
        return _design(me, launch.deep_link)
    asked = opening.asked(me, launch.message_type, launch.for_user_sub, launch.target_link_uri)
    if asked is not None:
        opening.take_role(asked, me)
    if _undecided(me):
        return redirect(url_for("people.role", course_id=course.id), 303)
    activity = _activity(launch, me)
    if asked is not None and (led := opening.lead(asked, activity, me)) is not None:
        return led
    if activity is not None:
        return _opened(activity, me, launch)
    if (offered := _offered(launch, me)) is not None:
        return redirect(offered, 303)
    if launch.is_course_page or launch.resource_link is None:
        return redirect(next_page.home(me), 303)
    return _unconfigured(me, launch.resource_link, bool(_key(launch)))


def _well_known(launch: lti.Launch, now: datetime) -> str | None:
    """Where a launch leads that changes nothing here; None where that wants a closer look."""
    link, there = launch.resource_link, standing.of(launch.along)
    if there is None or not roster.is_known(there.course, there.me, there.sections, launch, now):
        return None
    me, placed, activity, key = there.me, there.placement, there.activity, _key(launch)
    asks = opening.asks(launch.message_type, launch.for_user_sub, launch.target_link_uri)
    if launch.deep_link is not None or asks or _undecided(me):
        return None
    if launch.is_course_page or link is None:
        return None if key else next_page.home(me)
    if placed is None or activity is None or (activity.key != key and _may_turn(launch, me)):
        return None
    if link.line_item_id not in {None, placed.line_item_id}:
        return None
    if activity.published_at is None or me.role is not Role.STUDENT:
        return next_page.of_staff(activity, me)
    choice = there.choice
    if choice is None or (_tells_due(launch) and choice.lms_due_at != launch.due_at):
        return None
    if not activity.is_open(now):
        return url_for("choice.show", activity_id=activity.id)
    if choice.opened_at is None:
        return None
    return next_page.of_student(activity, choice, there.is_released, there.work, there.idea)


def _design(me: Person, request: lti.DeepLinkRequest) -> Response:
    if me.has_two_roles and me.is_student and me.staff_role is not None:
        me.act_as(me.staff_role)  # nobody adds an activity as a student
    if not me.may_author:
        raise NotYours(_("Only teachers add activities here"), now=_("Ask your teacher to add it."))
    return redirect(url_for("activity.new", course_id=me.course_id, launch=request.id), 303)


def _undecided(me: Person) -> bool:
    return me.has_two_roles and not me.role_chosen


def _activity(launch: lti.Launch, me: Person) -> Activity | None:
    """What the link opens: bound before, or named by its key, which binds it. The course page opens none of its own.

    A link keeps what it was bound to, unless its key now names another activity of this very course: then somebody
    chose anew in the LMS. A column that the activity did not have before gets what was released until then.
    """
    link, key = launch.resource_link, _key(launch)
    if link is None or launch.is_course_page:
        return course_copy.named(me.course, key)
    bound = deep_link.placement_of(link)
    stays = bound is not None and (bound.activity.key == key or not _may_turn(launch, me))
    named = None if stays else course_copy.named(me.course, key)
    keeps = bound is not None and (named is None or named.key != key)
    activity = bound.activity if bound is not None and keeps else named
    if activity is None:
        return None
    placement = bound or deep_link.bind(link, activity, clock.now())
    placement.activity = activity
    if link.line_item_id is not None and (not keeps or placement.line_item_id != link.line_item_id):
        placement.line_item_id = link.line_item_id
        db.session.flush()
        gradebook.catch_up(activity)
    return activity


def _may_turn(launch: lti.Launch, me: Person) -> bool:
    """Whether a launch may turn a bound link to another activity: custom parameters are the teacher's, but Canvas
    (read) signs whatever address of this tool a student asks for."""
    return me.may_author or ACTIVITY_KEY in launch.custom


def _key(launch: lti.Launch) -> str:
    """The key in the link's custom parameters or address; "" for none, and for what no key of ours looks like."""
    query = parse_qs(urlsplit(launch.target_link_uri).query)
    key = launch.custom.get(ACTIVITY_KEY) or next(iter(query.get("activity", [])), "")
    return key if KEY.fullmatch(key) else ""


def _offered(launch: lti.Launch, me: Person) -> str | None:
    """Where whoever designs here may start a copy of what the link was made for in the course before."""
    if not me.may_author or not _key(launch):
        return None
    now, history = clock.now(), launch.custom.get(HISTORY, "").split(",")
    ancestors = deep_link.ancestors(me.course, [name.strip() for name in history])
    offer = course_copy.find_offer(me, _key(launch), ancestors, now)
    if offer is None:
        return None
    link = None if launch.is_course_page or launch.resource_link is None else launch.resource_link.id
    said = course_copy.Said(launch.unlock_at, launch.due_at, launch.course_begins_at)
    day = course_copy.day_for(offer.source, me.course, said, now)
    return url_for("activity.copy_offer", offer_id=offer.id, link=link, opens=day.isoformat())


def _opened(activity: Activity, me: Person, launch: lti.Launch) -> Response:
    """A draft is for whoever designs here; to everybody else it is not ready yet."""
    if activity.published_at is None and not me.may_author:
        return _not_ready()
    return redirect(_way_in(activity, me, launch), 303)


def _way_in(activity: Activity, me: Person, launch: lti.Launch) -> str:
    if (way := next_page.of_staff(activity, me)) is not None:
        return way
    if me.role is Role.OBSERVER:
        return next_page.of_observer(activity, me)
    if me.role is not Role.STUDENT:
        return url_for("board.welcome", course_id=me.course_id)
    _see_lms_due(activity, me, launch)
    if not activity.is_open(clock.now()):
        return url_for("choice.show", activity_id=activity.id)
    now = clock.now()
    choice = choice_of(activity, me, now)
    choice.opened_at = choice.opened_at or now
    return next_page.step(choice)


def _tells_due(launch: lti.Launch) -> bool:
    """Only a launch of the assignment itself tells by its silence that there is no due date."""
    return launch.due_at is not None or launch.line_item is not None


def _see_lms_due(activity: Activity, me: Person, launch: lti.Launch) -> None:
    """The LMS's own due date for this student may be a later one; an old one is written once."""
    if activity.published_at is None or not _tells_due(launch):
        return
    now = clock.now()
    choice = choice_of(activity, me, now)
    if choice.see_lms_due(launch.due_at, now):
        retime_one(choice)


def _unconfigured(me: Person, link: lti.ResourceLink, has_key: bool) -> Response:
    """A key that means nothing here says no more than that it is one, whether anybody ever made it or not."""
    if me.may_author:
        elsewhere = "1" if has_key else None
        return redirect(url_for("activity.new", course_id=me.course_id, link=link.id, elsewhere=elsewhere), 303)
    return _not_ready()


def _not_ready() -> Response:
    return _page(
        _("This activity is not ready yet"),
        _("Your teacher has put it on the course page and is still setting it up. Come back later; nothing is late."),
    )


def _page(title: str, words: str) -> Response:
    return Response(render_template("people/plain.html", title=title, words=words), mimetype="text/html")
