"""A course as its platform names it: the links in it, the columns of its gradebook, who is there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.tenant import TENANT, Tenanted
from lti.models.platform import Deployment, Platform


class Context(Tenanted):
    """A course, as the platform names it. The service addresses are those of its latest launch that had them.

    `roster_error` says in plain words why the last roster could not be read whole; empty means it was. `paused_at` is
    since when no score is sent there, because the platform takes none for the whole course; `paused_why` the reason.
    `held_at` is since when none is because somebody who teaches there wants it so.
    """

    __tablename__ = "context"
    __tenant_of__ = "deployment_id"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    deployment: Mapped[Deployment] = relationship()
    context_id: Mapped[str] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(Text, default="")
    type: Mapped[list[str]] = mapped_column(default=list)
    memberships_url: Mapped[str | None] = mapped_column(Text)
    lineitems_url: Mapped[str | None] = mapped_column(Text)
    ags_scopes: Mapped[list[str]] = mapped_column(default=list)
    roster_synced_at: Mapped[datetime | None]
    roster_error: Mapped[str] = mapped_column(Text, default="")
    paused_at: Mapped[datetime | None]
    paused_why: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    held_at: Mapped[datetime | None]

    @property
    def platform(self) -> Platform:
        return self.deployment.platform


class ContextOrigin(Base):
    """That a platform said one of its courses was copied from another. Ids as the platform has them, for it may say so
    before anybody opened the copy, or the original, here."""

    __tablename__ = "context_origin"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), primary_key=True, info=TENANT)
    context_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    origin_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    told_at: Mapped[datetime]


class LineItem(Tenanted):
    """A gradebook column, as last read. `due` and `score_maximum` are the platform's, not ours.

    `fetched_at` is when it was read, `asked_at` when that was last tried, `gone_at` when the platform first said that
    it is no more; `problem` says why it could not be read (lti/reasons.py). `results_began` is when the last reading of
    its results that went well began, `results_fresh_until` how long that may be gone by. `compare_asked_at` is since
    when it is to be compared with what it should hold (lti/comparing.py).
    """

    __tablename__ = "line_item"
    __tenant_of__ = "context_id"
    # Not the address alone: a platform must not lay hands on another's column by naming it in a launch.
    __table_args__ = (UniqueConstraint("context_id", "url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id"))
    context: Mapped[Context] = relationship()
    url: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text, default="")
    score_maximum: Mapped[float | None]
    due: Mapped[datetime | None]
    resource_id: Mapped[str] = mapped_column(Text, default="")
    tag: Mapped[str] = mapped_column(Text, default="")
    fetched_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    compare_asked_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    results_began: Mapped[datetime | None]
    results_fresh_until: Mapped[datetime | None]

    @property
    def platform(self) -> Platform:
        return self.context.platform


class ResourceLink(Tenanted):
    """A link in a course that opens us: an activity's, or the course page's own (quirks.is_course_page)."""

    __tablename__ = "resource_link"
    __tenant_of__ = "context_id"
    __table_args__ = (UniqueConstraint("context_id", "resource_link_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id"))
    context: Mapped[Context] = relationship()
    resource_link_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    line_item_id: Mapped[int | None] = mapped_column(ForeignKey("line_item.id"), index=True)
    line_item: Mapped[LineItem | None] = relationship()
    seen_at: Mapped[datetime]


class User(Base):
    """A person on one platform. An anonymous launch leaves every name empty; a later one never empties a known name.

    `sourcedid` is the school's own id of them (LIS person_sourcedid), which outlives a `sub` that the platform changed.
    """

    __tablename__ = "user"
    __table_args__ = (UniqueConstraint("platform_id", "sub"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), info=TENANT)
    platform: Mapped[Platform] = relationship()
    sub: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(Text, default="")
    given_name: Mapped[str] = mapped_column(Text, default="")
    family_name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    sourcedid: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    locale: Mapped[str] = mapped_column(String(60), default="")
    zoneinfo: Mapped[str] = mapped_column(String(60), default="")


class Membership(Tenanted):
    """A person in a course. Launches and rosters say different things, so each keeps its own list of full role URIs.

    Only roles in the course are in `launch_roles` and `roster_roles`; `other_roles` holds what the launch said of the
    person in the institution and the system, which gives no right here. `listed_at` is since when rosters name them,
    empty where the last one did not; `left_at` is when one that was read whole no longer did, or named them as gone.
    `mentees` are the `sub`s whom an observer may see. `sections` are the platform's ids.
    """

    __tablename__ = "membership"
    __tenant_of__ = "context_id"
    __table_args__ = (UniqueConstraint("context_id", "user_id"), Index("ix_membership_user_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id"))
    context: Mapped[Context] = relationship()
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User] = relationship()
    launch_roles: Mapped[list[str]] = mapped_column(default=list)
    roster_roles: Mapped[list[str]] = mapped_column(default=list)
    other_roles: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(40), default="Active")
    launched_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    sections: Mapped[list[str]] = mapped_column(default=list)
    section_restricted: Mapped[bool] = mapped_column(default=False)
    mentees: Mapped[list[str]] = mapped_column(default=list)
    is_test_student: Mapped[bool] = mapped_column(default=False)
