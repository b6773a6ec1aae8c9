"""What a believed launch says of each of its rows: {column: value}, without what it does not say.

A launch that leaves a name out never empties one that is known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from lti import claims as read
from lti import quirks
from lti.id_token import CLAIM, ENDPOINT, NAMES_AND_ROLES
from lti.models.context import Membership, ResourceLink
from lti.models.platform import Platform

DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
SEEN_AGE = timedelta(hours=1)  # when somebody or something was last seen is written no more often than that
PERSON = ("name", "given_name", "family_name", "email")


def names(said: dict[str, Any]) -> tuple[str, str, str, str, str]:
    """What a launch calls its deployment, person, course, link and column; "" for none. Deep linking has no column."""
    context, link = read.part(said, CLAIM + "context"), read.part(said, CLAIM + "resource_link")
    column = read.text(read.part(said, ENDPOINT), "lineitem")
    return (
        str(said.get(CLAIM + "deployment_id") or ""),
        str(said.get("sub") or ""),
        read.text(context, "id"),
        read.text(link, "id"),
        "" if said.get(CLAIM + "message_type") == DEEP_LINKING_REQUEST else column,
    )


class Said:
    """A launch's claims, and when they came."""

    def __init__(self, claims: dict[str, Any], now: datetime) -> None:
        self.claims, self.now = claims, now
        self.custom, self.roles = read.custom(claims), read.roles(claims)
        self.deployment_id, self.sub, self.context_id, self.link_id, self.column = names(claims)

    def platform(self, was: Platform) -> dict[str, Any]:
        """What is not known yet; the first launch that says it counts."""
        about = read.part(self.claims, CLAIM + "tool_platform")
        new = {
            "product_family": read.text(about, "product_family_code").lower()[:60],
            "guid": read.text(about, "guid")[:255],
            "name": read.text(about, "name")[:255],
        }
        return {name: value for name, value in new.items() if value and not getattr(was, name)}

    def person(self) -> dict[str, Any]:
        new = {name: read.text(self.claims, name) for name in PERSON}
        new["sourcedid"] = read.sourcedid(self.claims)
        new["locale"] = read.locale(self.claims, self.custom) or ""
        new["zoneinfo"] = read.zone(self.claims, self.custom) or ""
        return _not_empty(new)

    def course(self) -> dict[str, Any]:
        about, services = read.part(self.claims, CLAIM + "context"), read.part(self.claims, ENDPOINT)
        return _not_empty(
            {
                "label": read.text(about, "label"),
                "title": read.text(about, "title"),
                "type": read.texts(about.get("type")),
                "lineitems_url": read.text(services, "lineitems"),
                "ags_scopes": read.texts(services.get("scope")),
                "memberships_url": read.text(read.part(self.claims, NAMES_AND_ROLES), "context_memberships_url"),
            }
        )

    def membership(self, was: Membership) -> dict[str, Any]:
        custom, now = self.custom, self.now
        observed = read.texts(self.claims.get(CLAIM + "role_scope_mentor"))
        new: dict[str, Any] = {
            "launch_roles": self.roles.in_course,
            "other_roles": self.roles.elsewhere,
            "left_at": None,
            "status": "Active",
            "mentees": observed or read.words(custom.get("observees", "")),
            "is_test_student": custom.get("student_view") == "true",
        }
        if was.launched_at is None or was.launched_at < now - SEEN_AGE:
            new["launched_at"] = now
        if "section_ids" in custom:
            new["sections"] = read.words(custom["section_ids"])
        if "section_restricted" in custom:  # a link without it lifts no limit
            new["section_restricted"] = custom["section_restricted"] == "true"
        return new

    def line_item(self) -> dict[str, Any]:
        """The column that the launch names. Its due date is taken from staff only: a student's may be an extension."""
        new: dict[str, Any] = {"gone_at": None, "problem": ""}
        due_at = read.moment(self.custom, "due_at", "submission_end")
        return new | ({"due": due_at} if due_at and self.roles.teaches else {})

    def link(self, was: ResourceLink, platform: Platform, line_item_id: int | None) -> dict[str, Any]:
        about = read.part(self.claims, CLAIM + "resource_link")
        new: dict[str, Any] = _not_empty({name: read.text(about, name) for name in ("title", "description")})
        if was.seen_at < self.now - SEEN_AGE:  # a whole class opens one link at once: one of them writes
            new["seen_at"] = self.now
        # Moodle stops naming the column as soon as a second one hangs on the link; the first is still there.
        if line_item_id is not None and not quirks.is_course_page(platform, self.link_id, self.context_id):
            new["line_item_id"] = line_item_id
        return new


def _not_empty(new: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in new.items() if value}
