"""The rows that a launch is about: found at once, made where they are missing, brought in step with what it says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, contains_eager

from lti import claims as read
from lti import quirks
from lti.grades import column_is_back
from lti.id_token import CLAIM, ENDPOINT, NAMES_AND_ROLES
from lti.models import Context, Deployment, LineItem, Membership, Platform, ResourceLink, User
from lti.records import make

DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
SEEN_AGE = timedelta(hours=1)  # a whole class opens one link at once: its row is written by one of them


class LaunchRows:
    """Writes a believed launch down: `context` and what hangs on it are None outside any course. Commits nothing."""

    context: Context | None = None
    membership: Membership | None = None
    line_item: LineItem | None = None
    link: ResourceLink | None = None

    def __init__(self, session: Session, platform: Platform, said: dict[str, Any], now: datetime) -> None:
        self._session, self._platform, self._said, self._now = session, platform, said, now
        self.custom, self.roles = read.custom(said), read.roles(said)
        deployment, user, context, membership, link, line_item = self._known()
        self._take_platform()
        self.deployment = deployment or make(
            session, Deployment, platform_id=platform.id, deployment_id=said[CLAIM + "deployment_id"]
        )
        self.user = user or make(session, User, platform_id=platform.id, sub=said["sub"])
        self._take_person()
        context_id, link_id, column = self._names()
        ours = {"tenant_id": platform.id}
        if context_id:
            key: dict[str, Any] = {"deployment_id": self.deployment.id, "context_id": context_id}
            self.context = context or make(session, Context, ours, **key)
            self._take_course(self.context)
            key = {"context_id": self.context.id, "user_id": self.user.id}
            self.membership = membership or make(session, Membership, ours, **key)
            self._take_membership(self.membership)
        if self.context and column:
            self.line_item = line_item or make(session, LineItem, ours, context_id=self.context.id, url=column)
            self._take_column(self.line_item)
        if self.context and link_id:
            key = {"context_id": self.context.id, "resource_link_id": link_id}
            self.link = link or make(session, ResourceLink, {**ours, "seen_at": now}, **key)
            self._take_link(self.link)

    @property
    def is_course_page(self) -> bool:
        """Whether the link is the course itself, never an activity."""
        if self.link is None or self.context is None:
            return False
        return quirks.is_course_page(self._platform, self.link.resource_link_id, self.context.context_id)

    def _known(self) -> tuple[Any, ...]:
        """What is there already, in one statement: most launches are of somebody who was here before."""
        context_id, link_id, column = self._names()
        deployment_id, sub = self._said[CLAIM + "deployment_id"], self._said["sub"]
        link = and_(ResourceLink.context_id == Context.id, ResourceLink.resource_link_id == link_id)
        query = (
            select(Deployment, User, Context, Membership, ResourceLink, LineItem)
            .select_from(Platform)
            .outerjoin(
                Deployment, and_(Deployment.platform_id == Platform.id, Deployment.deployment_id == deployment_id)
            )
            .outerjoin(User, and_(User.platform_id == Platform.id, User.sub == sub))
            .outerjoin(Context, and_(Context.deployment_id == Deployment.id, Context.context_id == context_id))
            .outerjoin(Membership, and_(Membership.context_id == Context.id, Membership.user_id == User.id))
            .outerjoin(ResourceLink, link)
            .outerjoin(LineItem, and_(LineItem.context_id == Context.id, LineItem.url == column))
            .where(Platform.id == self._platform.id)
            .options(contains_eager(Context.deployment))
        )
        return tuple(self._session.execute(query).one())

    def _names(self) -> tuple[str, str, str]:
        """What the launch calls its course, its link and its column; "" for none. Deep linking has no column."""
        said = self._said
        names = [(CLAIM + "context", "id"), (CLAIM + "resource_link", "id"), (ENDPOINT, "lineitem")]
        context_id, link_id, column = (read.text(read.part(said, claim), name) for claim, name in names)
        return context_id, link_id, "" if said[CLAIM + "message_type"] == DEEP_LINKING_REQUEST else column

    def _take_platform(self) -> None:
        about, platform = read.part(self._said, CLAIM + "tool_platform"), self._platform
        platform.product_family = platform.product_family or read.text(about, "product_family_code").lower()[:60]
        platform.guid = platform.guid or read.text(about, "guid")[:255]
        platform.name = platform.name or read.text(about, "name")[:255]

    def _take_person(self) -> None:
        said = self._said
        new = {name: read.text(said, name) for name in ("name", "given_name", "family_name", "email")}
        new["sourcedid"] = read.sourcedid(said)
        new["locale"] = read.locale(said, self.custom) or ""
        new["zoneinfo"] = read.zone(said, self.custom) or ""
        for name, value in new.items():
            if value:
                setattr(self.user, name, value)

    def _take_course(self, context: Context) -> None:
        about, services = read.part(self._said, CLAIM + "context"), read.part(self._said, ENDPOINT)
        context.label = read.text(about, "label") or context.label
        context.title = read.text(about, "title") or context.title
        context.type = read.texts(about.get("type")) or context.type
        context.lineitems_url = read.text(services, "lineitems") or context.lineitems_url
        context.ags_scopes = read.texts(services.get("scope")) or context.ags_scopes
        roster = read.text(read.part(self._said, NAMES_AND_ROLES), "context_memberships_url")
        context.memberships_url = roster or context.memberships_url

    def _take_membership(self, membership: Membership) -> None:
        custom = self.custom
        membership.launch_roles, membership.other_roles = self.roles.in_course, self.roles.elsewhere
        membership.launched_at, membership.left_at = self._now, None
        membership.status = "Active"
        if "section_ids" in custom:
            membership.sections = read.words(custom["section_ids"])
        if "section_restricted" in custom:  # a link without it lifts no limit
            membership.section_restricted = custom["section_restricted"] == "true"
        observed = read.texts(self._said.get(CLAIM + "role_scope_mentor"))
        membership.mentees = observed or read.words(custom.get("observees", ""))
        membership.is_test_student = custom.get("student_view") == "true"

    def _take_column(self, item: LineItem) -> None:
        """The column that the launch names. Its due date is taken from staff only: a student's may be an extension."""
        if item.gone_at is not None:
            column_is_back(self._session, item)
        item.gone_at, item.problem = None, ""
        due_at = read.moment(self.custom, "due_at", "submission_end")
        if due_at and self.roles.teaches:
            item.due = due_at

    def _take_link(self, link: ResourceLink) -> None:
        about = read.part(self._said, CLAIM + "resource_link")
        link.title = read.text(about, "title") or link.title
        link.description = read.text(about, "description") or link.description
        if link.seen_at < self._now - SEEN_AGE:
            link.seen_at = self._now
        # Moodle stops naming the column as soon as a second one hangs on the link; the first is still there.
        if self.line_item and not self.is_course_page:
            link.line_item = self.line_item
