"""What a teacher takes back into the course: ContentItems → a signed reply, posted by the browser.

LTI Deep Linking 2.0, Deep Linking Response Message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, make_response, render_template

from engine import clock
from engine.db import db
from lti import quirks
from lti.keys import signing_key
from lti.library.sent import deep_link_jwt
from lti.models.launch import DeepLinkRequest
from lti.models.platform import Platform
from lti.outgoing import origin_of

# LTI-AGS 2.0, activityProgress: however far a student has come, who marks finds a page about it.
PROGRESS = ("Initialized", "Started", "InProgress", "Submitted", "Completed")


@dataclass(frozen=True)
class LineItemAsked:
    """A column for the link; `score_maximum` in points, above 0.

    An LMS that cannot have as many gets another maximum (quirks.column_points), and rescales.
    """

    score_maximum: float
    label: str = ""
    resource_id: str = ""
    tag: str = ""


@dataclass(frozen=True)
class ContentItem:
    """A link for the course page. `custom` comes back at every launch of it, and in copies of the course."""

    url: str
    title: str
    text: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    line_item: LineItemAsked | None = None
    available_from: datetime | None = None
    available_until: datetime | None = None
    submission_until: datetime | None = None


def deep_link_request(request_id: str) -> DeepLinkRequest | None:
    """A deep-linking launch by its name, while its dialogue can still be answered."""
    found = db.session.get(DeepLinkRequest, request_id)
    return found if found and found.expires_at > clock.real_now() else None


def reply(deep_link: DeepLinkRequest, items: Sequence[ContentItem], message: str = "") -> Response:
    """A page that posts the signed reply to the LMS; an empty list closes its dialogue. The caller commits.

    Raises:
        ValueError: several items for a place that takes one.
    """
    now = clock.real_now()
    platform, settings = deep_link.context.platform, deep_link.settings
    if len(items) > 1 and not _takes_several(settings):
        raise ValueError("this LMS dialogue takes one link")
    jwt = deep_link_jwt(
        platform,
        deep_link.context.deployment.deployment_id,
        signing_key(db.session, now),
        settings,
        [_members(item, platform, deep_link.placement) for item in items],
        message,
    )
    deep_link.answered_at = now
    address = settings["deep_link_return_url"]
    g.form_targets = [origin_of(address)]
    return make_response(render_template("lti/reply.html", address=address, jwt=jwt, empty=not items))


def _takes_several(settings: dict[str, Any]) -> bool:
    return settings.get("accept_multiple") in (True, "true")


def _members(item: ContentItem, platform: Platform, placement: str) -> dict[str, Any]:
    """The item as the platform takes it (Deep Linking 2.0, LTI Resource Link)."""
    members: dict[str, Any] = {"url": item.url, "title": item.title, "custom": item.custom}
    if item.text:
        members["text"] = item.text
    if item.line_item and quirks.takes_line_items_at(placement):
        asked = item.line_item
        members["lineItem"] = {
            "scoreMaximum": _tidy(quirks.column_points(platform, asked.score_maximum)),
            "label": asked.label or item.title,
            "resourceId": asked.resource_id,
            "tag": asked.tag,
        }
        if quirks.has_to_be_told_of_reviews(platform):
            members["lineItem"]["submissionReview"] = {"reviewableStatus": list(PROGRESS), "url": item.url}
    if quirks.takes_dates_in_links(platform):
        available = _span(item.available_from, item.available_until)
        due = _span(None, item.submission_until)
        members |= {name: span for name, span in (("available", available), ("submission", due)) if span}
    return members


def _span(start: datetime | None, end: datetime | None) -> dict[str, str]:
    return {name: _iso(at) for name, at in (("startDateTime", start), ("endDateTime", end)) if at}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tidy(points: float) -> float:
    """20, not 20.0: Moodle's form wants a whole number."""
    return int(points) if points == int(points) else points
