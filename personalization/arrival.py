"""A launch arrives: who it is, which activity it opens, and which page that makes. A door."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

import lti
from engine import clock
from engine.db import db
from personalization.activity import deep_link
from personalization.activity.model import Activity
from personalization.choice.keeping import choice_of, retime_one
from personalization.errors import NotYours
from personalization.grading import gradebook
from personalization.grading.model import Release
from personalization.people import roster
from personalization.people.model import Person, Role
from personalization.proposal.model import OPEN, Proposal, Status
from personalization.submission.model import Submission

ACTIVITY_KEY = "activity_key"
WORK = re.compile(r"[0-9]{1,9}", re.ASCII)  # a column holds 32 bits on PostgreSQL


def arrive(launch: lti.Launch) -> Response:
    """The page to go to. Called inside the launch's transaction, which lti/ commits."""
    if launch.context is None or launch.membership is None:
        return _page(
            _("Open this from a course"),
            _("Third Option works inside a course, where the people and the grades are."),
        )
    now = clock.now()
    course = roster.course_of(launch.context, launch.zone)
    me = roster.person_of(course, launch.membership, now, launch.zone)
    if launch.deep_link is not None:
        return _design(me, launch.deep_link)
    if _undecided(me):
        return redirect(url_for("people.role", course_id=course.id), 303)
    activity = _activity(launch, me)
    if activity is not None:
        return redirect(_way_in(activity, me, launch), 303)
    if launch.is_course_page or launch.resource_link is None:
        return redirect(home(me), 303)
    return _unconfigured(me, launch.resource_link)


def home(me: Person) -> str:
    """The page of a course for whoever this is."""
    match me.role:
        case Role.TEACHER | Role.ASSISTANT:
            return url_for("board.queue", course_id=me.course_id)
        case Role.DESIGNER:
            return url_for("activity.index", course_id=me.course_id)
        case Role.STUDENT:
            return url_for("board.mine", course_id=me.course_id)
        case _other:
            return url_for("board.welcome", course_id=me.course_id)


def _design(me: Person, request: lti.DeepLinkRequest) -> Response:
    if me.has_two_roles and me.is_student and me.staff_role is not None:
        me.act_as(me.staff_role)  # nobody adds an activity as a student
    if not me.may_author:
        raise NotYours(_("Only teachers add activities here"), now=_("Ask your teacher to add it."))
    return redirect(url_for("activity.new", course_id=me.course_id, launch=request.id), 303)


def _undecided(me: Person) -> bool:
    return me.has_two_roles and not me.role_chosen


def _activity(launch: lti.Launch, me: Person) -> Activity | None:
    """What the link opens: bound before, or named by its key, which binds it. The course page opens none.

    A column that the activity did not have before gets what was released until then.
    """
    link = launch.resource_link
    if link is None or launch.is_course_page:
        return _named(launch, me)
    bound = deep_link.placement_of(link)
    activity = bound.activity if bound else _named(launch, me)
    if activity is None:
        return None
    placement = bound or deep_link.bind(link, activity, clock.now())
    if link.line_item_id is not None and (bound is None or placement.line_item_id != link.line_item_id):
        placement.line_item_id = link.line_item_id
        db.session.flush()
        gradebook.catch_up(activity)
    return activity


def _named(launch: lti.Launch, me: Person) -> Activity | None:
    """By the key in the link's custom parameters or address; 128 random bits, honoured in its own course only."""
    query = parse_qs(urlsplit(launch.target_link_uri).query)
    key = launch.custom.get(ACTIVITY_KEY) or next(iter(query.get("activity", [])), "")
    if not key:
        return None
    return db.session.scalar(select(Activity).where(Activity.key == key, Activity.course_id == me.course_id))


def _way_in(activity: Activity, me: Person, launch: lti.Launch) -> str:
    if me.may_answer:
        return _asked_work(activity, launch) or url_for("board.activity", activity_id=activity.id)
    if me.role is Role.DESIGNER:
        return url_for("activity.edit", activity_id=activity.id)
    if me.role is Role.OBSERVER:
        return _looking_on(activity, me)
    if me.role is not Role.STUDENT:
        return url_for("board.welcome", course_id=me.course_id)
    _see_lms_due(activity, me, launch)
    if not activity.is_open(clock.now()):
        return url_for("choice.show", activity_id=activity.id)
    return step(activity, me)


def _see_lms_due(activity: Activity, me: Person, launch: lti.Launch) -> None:
    """The LMS's own due date for this student may be a later one; an old one is written once.

    Only a launch of the assignment itself tells by its silence that there is none.
    """
    if activity.published_at is None or (launch.due_at is None and launch.line_item is None):
        return
    now = clock.now()
    choice = choice_of(activity, me, now)
    if choice.see_lms_due(launch.due_at, now):
        retime_one(choice)


def _looking_on(activity: Activity, me: Person) -> str:
    """The very activity, where there is one student to look on with and something to see."""
    students = roster.observed(me)
    if len(students) == 1 and activity.published_at is not None:
        return url_for("board.observed", student_id=students[0].id, activity_id=activity.id)
    return url_for("board.welcome", course_id=me.course_id)


def _asked_work(activity: Activity, launch: lti.Launch) -> str | None:
    """SpeedGrader opens the address of one hand-in: lead staff there, nobody else."""
    wanted = next(iter(parse_qs(urlsplit(launch.target_link_uri).query).get("work", [])), "")
    submission = db.session.get(Submission, int(wanted)) if WORK.fullmatch(wanted) else None
    if submission is None or submission.choice.activity_id != activity.id:
        return None
    return url_for("grading.mark", submission_id=submission.id)


def step(activity: Activity, me: Person) -> str:
    """The student's next step, as an address."""
    now = clock.now()
    choice = choice_of(activity, me, now)
    choice.opened_at = choice.opened_at or now
    released = db.session.scalar(
        select(Release.id).where(Release.choice_id == choice.id, Release.withdrawn_at.is_(None)).limit(1)
    )
    last = db.session.scalar(
        select(Submission).where(Submission.choice_id == choice.id).order_by(Submission.number.desc()).limit(1)
    )
    if released is not None and not (last is not None and (last.is_draft or last.is_returned)):
        return url_for("grading.result", activity_id=activity.id)
    proposal = db.session.scalar(
        select(Proposal).where(Proposal.choice_id == choice.id).order_by(Proposal.id.desc()).limit(1)
    )
    if choice.option_id is not None:
        return url_for("submission.show", activity_id=activity.id)
    if proposal is not None and proposal.status in OPEN | {Status.SENT_BACK}:
        return url_for("proposal.show", proposal_id=proposal.id)
    return url_for("choice.show", activity_id=activity.id)


def _unconfigured(me: Person, link: lti.ResourceLink) -> Response:
    if me.may_author:
        return redirect(url_for("activity.new", course_id=me.course_id, link=link.id), 303)
    return _page(
        _("This activity is not ready yet"),
        _("Your teacher has put it on the course page and is still setting it up. Come back later; nothing is late."),
    )


def _page(title: str, words: str) -> Response:
    return Response(render_template("people/plain.html", title=title, words=words), mimetype="text/html")
