"""From an id_token to a Launch: believed first, then written down, then handed to whoever turns it into a page."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import clock, due
from engine.db import db
from lti import claims as read
from lti import login, platform_keys, quirks
from lti.errors import LaunchRefused, OpenAgain
from lti.grades import column_is_back
from lti.library import CLAIM, ENDPOINT, NAMES_AND_ROLES, SETTINGS, Message, Proof
from lti.models import (
    Context,
    DeepLinkRequest,
    Deployment,
    LineItem,
    Membership,
    Nonce,
    Platform,
    ResourceLink,
    User,
)
from lti.outgoing import origin_of
from lti.records import ensure

DEEP_LINK_LIFE = timedelta(days=1)
ROSTER_AGE = timedelta(hours=1)
DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"


@dataclass(frozen=True)
class Launch:
    """One way in, believed and recorded.

    `roles` are full URIs of roles in the course, the only ones that give rights; `other_roles` those in the institution
    and system. `custom` holds what the LMS filled in: unexpanded `$variables`, null and empty values are left out.
    `is_course_page`: the link is the course itself, never an activity. `due_at`, `unlock_at` and `lock_at` are the
    LMS's for this person, aware UTC. `zone` is a valid IANA name. `for_user_sub` is whose work a submission review is
    about; nobody checked that the launcher may see it.
    """

    message_type: str
    platform_id: int
    product_family: str
    user: User
    roles: frozenset[str]
    other_roles: frozenset[str]
    target_link_uri: str
    custom: dict[str, str]
    context: Context | None = None
    membership: Membership | None = None
    resource_link: ResourceLink | None = None
    is_course_page: bool = False
    line_item: LineItem | None = None
    deep_link: DeepLinkRequest | None = None
    for_user_sub: str | None = None
    zone: str | None = None
    locale: str | None = None
    due_at: datetime | None = None
    unlock_at: datetime | None = None
    lock_at: datetime | None = None
    frame_origins: tuple[str, ...] = ()


def believe() -> tuple[Message, str]:
    """Check the launch of this request; (what it says, its deployment id).

    Raises:
        LaunchRefused, OpenAgain, CookiesWithheld
    """

    def check_state(state: str) -> tuple[str, str, str]:
        promised = login.believe(state)
        _spend(promised.nonce)
        return promised.issuer, promised.client_id, promised.nonce

    message = Message(db.session, Proof(check_state, platform_keys.public_pem)).check()
    return message, message.claims[CLAIM + "deployment_id"]


def record(message: Message, now: datetime) -> Launch:
    """Write down what a believed launch says. The caller commits.

    Raises:
        LaunchRefused: a deep-linking request outside any course has nowhere to put an activity.
    """
    session, said, platform = db.session, message.claims, message.platform
    deployment = ensure(session, Deployment, platform_id=platform.id, deployment_id=said[CLAIM + "deployment_id"])
    custom = read.custom(said)
    _platform(platform, said)
    user = _user(session, platform, said, custom)
    roles = read.roles(said)
    context = _context(session, deployment, said)
    membership = line_item = link = None
    if context:
        membership = _membership(session, context, user, said, custom, now)
        line_item = _line_item(session, context, said, custom, roles)
        link = _resource_link(session, context, said, line_item, now)
        _want_roster(session, context, now)
    return Launch(
        message_type=said[CLAIM + "message_type"],
        platform_id=platform.id,
        product_family=platform.product_family,
        user=user,
        roles=frozenset(roles.in_course),
        other_roles=frozenset(roles.elsewhere),
        target_link_uri=said[CLAIM + "target_link_uri"],
        custom=custom,
        context=context,
        membership=membership,
        resource_link=link,
        is_course_page=bool(link and _is_course_page(link)),
        line_item=line_item,
        deep_link=_deep_link(session, context, user, said, now),
        for_user_sub=read.text(read.part(said, CLAIM + "for_user"), "user_id") or None,
        zone=read.zone(said, custom),
        locale=read.locale(said, custom),
        due_at=read.moment(custom, "due_at", "submission_end"),
        unlock_at=read.moment(custom, "unlock_at", "available_start"),
        lock_at=read.moment(custom, "lock_at", "available_end"),
        frame_origins=_frame_origins(said),
    )


def _spend(nonce: str) -> None:
    """Use the nonce up before anything else, in a transaction of its own: of two same launches one fails here."""
    now = clock.real_now()
    lives = timedelta(seconds=2 * login.STATE_SECONDS)
    db.session.rollback()  # choosing a language may have begun to read, and SQLite lets in one writer at a time
    try:
        with db.engine.begin() as connection:
            connection.execute(insert(Nonce).values(value=nonce, expires_at=now + lives))
            connection.execute(delete(Nonce).where(Nonce.expires_at < now))
    except IntegrityError as twice:
        raise OpenAgain() from twice


def _platform(platform: Platform, said: dict[str, Any]) -> None:
    about = read.part(said, CLAIM + "tool_platform")
    platform.product_family = platform.product_family or read.text(about, "product_family_code").lower()[:60]
    platform.guid = platform.guid or read.text(about, "guid")[:255]
    platform.name = platform.name or read.text(about, "name")[:255]


def _user(session: Session, platform: Platform, said: dict[str, Any], custom: dict[str, str]) -> User:
    user = ensure(session, User, platform_id=platform.id, sub=said["sub"])
    new = {name: read.text(said, name) for name in ("name", "given_name", "family_name", "email")}
    new["sourcedid"] = read.sourcedid(said)
    new["locale"] = read.locale(said, custom) or ""
    new["zoneinfo"] = read.zone(said, custom) or ""
    for name, value in new.items():
        if value:
            setattr(user, name, value)
    return user


def _context(session: Session, deployment: Deployment, said: dict[str, Any]) -> Context | None:
    about = read.part(said, CLAIM + "context")
    context_id = read.text(about, "id")
    if not context_id:
        return None
    context = ensure(session, Context, deployment_id=deployment.id, context_id=context_id)
    context.label = read.text(about, "label") or context.label
    context.title = read.text(about, "title") or context.title
    context.type = read.texts(about.get("type")) or context.type
    services = read.part(said, ENDPOINT)
    context.lineitems_url = read.text(services, "lineitems") or context.lineitems_url
    context.ags_scopes = read.texts(services.get("scope")) or context.ags_scopes
    roster = read.text(read.part(said, NAMES_AND_ROLES), "context_memberships_url")
    context.memberships_url = roster or context.memberships_url
    return context


def _membership(
    session: Session, context: Context, user: User, said: dict[str, Any], custom: dict[str, str], now: datetime
) -> Membership:
    membership = ensure(session, Membership, context_id=context.id, user_id=user.id)
    roles = read.roles(said)
    membership.launch_roles, membership.other_roles = roles.in_course, roles.elsewhere
    membership.launched_at, membership.left_at = now, None
    membership.status = "Active"
    if "section_ids" in custom:
        membership.sections = read.words(custom["section_ids"])
    if "section_restricted" in custom:  # a link without it lifts no limit
        membership.section_restricted = custom["section_restricted"] == "true"
    membership.mentees = read.texts(said.get(CLAIM + "role_scope_mentor")) or read.words(custom.get("observees", ""))
    membership.is_test_student = custom.get("student_view") == "true"
    return membership


def _line_item(
    session: Session, context: Context, said: dict[str, Any], custom: dict[str, str], roles: read.Roles
) -> LineItem | None:
    """The column that the launch names. Its due date is taken from staff only: a student's may be an extension."""
    url = read.text(read.part(said, ENDPOINT), "lineitem")
    if not url or said[CLAIM + "message_type"] == DEEP_LINKING_REQUEST:
        return None
    item = ensure(session, LineItem, context_id=context.id, url=url)
    if item.gone_at is not None:
        column_is_back(session, item)
    item.gone_at, item.problem = None, ""
    due_at = read.moment(custom, "due_at", "submission_end")
    if due_at and roles.teaches:
        item.due = due_at
    return item


def _resource_link(
    session: Session, context: Context, said: dict[str, Any], line_item: LineItem | None, now: datetime
) -> ResourceLink | None:
    about = read.part(said, CLAIM + "resource_link")
    link_id = read.text(about, "id")
    if not link_id:
        return None
    link = ensure(session, ResourceLink, {"seen_at": now}, context_id=context.id, resource_link_id=link_id)
    link.title = read.text(about, "title") or link.title
    link.description = read.text(about, "description") or link.description
    link.seen_at = now
    # Moodle stops naming the column as soon as a second one hangs on the link; the first is still there.
    if line_item and not _is_course_page(link):
        link.line_item = line_item
    return link


def _is_course_page(link: ResourceLink) -> bool:
    return quirks.is_course_page(link.context.platform, link.resource_link_id, link.context.context_id)


def _deep_link(
    session: Session, context: Context | None, user: User, said: dict[str, Any], now: datetime
) -> DeepLinkRequest | None:
    if said[CLAIM + "message_type"] != DEEP_LINKING_REQUEST:
        return None
    if context is None:
        raise LaunchRefused(
            _("The LMS asked for an activity outside any course."),
            now=_("Open the tool from inside a course."),
        )
    session.execute(delete(DeepLinkRequest).where(DeepLinkRequest.expires_at < now))
    asked = DeepLinkRequest(
        id=secrets.token_urlsafe(16),
        context=context,
        user=user,
        settings=read.part(said, SETTINGS),
        placement=quirks.placement_of(said),
        created_at=now,
        expires_at=now + DEEP_LINK_LIFE,
    )
    session.add(asked)
    return asked


def _want_roster(session: Session, context: Context, now: datetime) -> None:
    """Read the members soon, unless that was done within the hour."""
    if context.memberships_url and (not context.roster_synced_at or context.roster_synced_at < now - ROSTER_AGE):
        platform_id = context.deployment.platform_id
        due.schedule(session, "roster", str(context.id), now, lane=f"platform:{platform_id}")


def _frame_origins(said: dict[str, Any]) -> tuple[str, ...]:
    """Who may frame our pages: the origins of what this launch signed (its return addresses and its roster)."""
    addresses = (
        read.text(read.part(said, CLAIM + "launch_presentation"), "return_url"),
        read.text(read.part(said, SETTINGS), "deep_link_return_url"),
        read.text(read.part(said, NAMES_AND_ROLES), "context_memberships_url"),
    )
    return tuple(dict.fromkeys(filter(None, map(origin_of, addresses))))
