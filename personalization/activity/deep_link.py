"""An activity goes into a course: as the answer to a deep-linking launch, or bound to a link that had none. A door."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlencode

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import select

import lti
from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.errors import NotHere, Refused
from personalization.people.model import Course, Person

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{16,40}", re.ASCII)
MOST_ANCESTORS = 1000  # as many as Canvas names


def request_for(me: Person, request_id: str) -> lti.DeepLinkRequest:
    """The deep-linking launch by which this person came here, still waiting for its answer.

    Raises:
        NotHere: they have none of this name here, or its time is over.
    """
    found = lti.deep_link_request(request_id) if REQUEST_ID.fullmatch(request_id) else None
    if found is None or found.context_id != me.course.context_id or found.user_id != me.user_id:
        raise NotHere(
            _("This dialogue was open too long"),
            _("What you wrote is saved among this course’s activities."),
            now=_("Close it, and add the activity again from the course page."),
        )
    return found


def reply(request: lti.DeepLinkRequest, activity: Activity) -> Response:
    """Hand the activity to the LMS, with its gradebook column and dates. The caller commits."""
    return lti.reply(request, [content_item(activity)])


def content_item(activity: Activity) -> lti.ContentItem:
    column = None
    if activity.graded:
        column = lti.LineItemAsked(
            score_maximum=float(activity.points), label=activity.title, resource_id=activity.key, tag="activity"
        )
    return lti.ContentItem(
        url=launch_url(activity),
        title=activity.title,
        text=activity.asks_for,
        custom={"activity_key": activity.key},
        line_item=column,
        available_from=activity.opens,
        available_until=activity.lock,
        submission_until=activity.work_due,
    )


def launch_url(activity: Activity, work: int | None = None) -> str:
    """The address that the LMS opens this activity by; with `work`, one submission of it."""
    query = {"activity": activity.key} | ({"work": str(work)} if work is not None else {})
    return f"{lti.launch_url()}?{urlencode(query)}"


def link_for(course: Course, link_id: int, activity: Activity | None = None) -> lti.ResourceLink:
    """A link of this course that opens nothing yet, or this very activity.

    Raises:
        NotHere: no such link in this course.
        Refused: it opens another activity already.
    """
    link = db.session.get(lti.ResourceLink, link_id)
    if link is None or link.context_id != course.context_id:
        raise NotHere(_("This link is not here any more"), now=_("Open it again from the course page."))
    placed = placement_of(link)
    if placed is not None and placed.activity is not activity:
        raise Refused(
            _("This link opens “%(title)s” already", title=placed.activity.title),
            now=_("Add another link for another activity."),
        )
    return link


def placement_of(link: lti.ResourceLink) -> Placement | None:
    return db.session.scalar(select(Placement).where(Placement.resource_link_id == link.id))


def bind(link: lti.ResourceLink, activity: Activity, now: datetime) -> Placement:
    """From now on the link opens this activity, and its column takes the grades; once is as good as twice, also of a
    whole class at the same moment."""
    placement = placement_of(link)
    if placement is None:
        db.session.execute(select(lti.ResourceLink.id).where(lti.ResourceLink.id == link.id).with_for_update())
        placement = placement_of(link)
    if placement is None:
        placement = Placement(
            resource_link_id=link.id, activity=activity, line_item_id=link.line_item_id, placed_at=now
        )
        db.session.add(placement)
    return placement


def ancestors(course: Course, history: list[str]) -> list[Course]:
    """The courses known here that this one is a copy of, the nearest first, on the same platform only.

    The same course under another deployment of the tool is among them: to the LMS it is one.

    Args:
        history: ids of contexts as the LMS signed them in a launch (`$Context.id.history`), the newest first; Canvas
            ends a long list in "truncated". What notices of copies told counts after it.
    """
    here = db.session.get_one(lti.Context, course.context_id)
    names = list(dict.fromkeys([here.context_id, *history[:MOST_ANCESTORS], *sorted(lti.origins_of(here))]))
    query = (
        select(Course, lti.Context.context_id)
        .join(lti.Context, lti.Context.id == Course.context_id)
        .where(lti.Context.context_id.in_(names), Course.id != course.id)
        .where(lti.Context.deployment.has(platform_id=here.platform.id))
        .order_by(Course.id)
    )
    found = db.session.execute(query).all()
    return [ancestor for ancestor, _name in sorted(found, key=lambda row: names.index(row[1]))]
