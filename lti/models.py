"""What LTI tells us and what we owe it: the tables of this room, in 1EdTech's words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, text_enum
from engine.tenant import TENANT, Tenanted

CANVAS = "canvas"
MOODLE = "moodle"


class Platform(Base):
    """An LMS that knows us. Schools share an issuer, so (issuer, client_id) names it, never the issuer alone.

    `token_audience` is what a token assertion is addressed to where that is not the token URL itself. `any_deployment`
    takes deployments as they appear: Canvas makes one per account or course under the same key. `jwks` is the cached
    answer of `jwks_url`. `paused_until` is set when the platform asked for slower calls or did not answer, with
    `paused_why` (lti/reasons.py); `failures` counts such calls since the last one that went well. `at_once` is how many
    calls it bears at once, as whoever runs the tool set it (None: quirks.calls_at_once), `slowed_to` how many it bears
    of late, where it turned some away (None: as many).
    """

    __tablename__ = "platform"
    __table_args__ = (
        UniqueConstraint("issuer", "client_id"),
        CheckConstraint(
            "failures >= 0 AND (at_once IS NULL OR at_once >= 1) AND (slowed_to IS NULL OR slowed_to >= 1)",
            name="counts",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), default="")
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(Text)
    auth_token_url: Mapped[str] = mapped_column(Text)
    jwks_url: Mapped[str] = mapped_column(Text)
    token_audience: Mapped[str | None] = mapped_column(Text)
    product_family: Mapped[str] = mapped_column(String(60), default="")
    guid: Mapped[str] = mapped_column(String(255), default="")
    jwks: Mapped[dict[str, Any] | None]
    jwks_fetched_at: Mapped[datetime | None]
    scopes: Mapped[list[str]] = mapped_column(default=list)
    any_deployment: Mapped[bool] = mapped_column(default=False)
    paused_until: Mapped[datetime | None]
    paused_why: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    at_once: Mapped[int | None]
    slowed_to: Mapped[int | None]
    created_at: Mapped[datetime]


class Deployment(Base):
    """One installation of the tool on a platform.

    `notices_url` is where it takes the addresses of those who want its notices, `notices_handler` the one of ours that
    it took, "" if none, and `notices_asked_at` when we last began to ask (lti/notices.py).
    """

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), info=TENANT)
    platform: Mapped[Platform] = relationship()
    deployment_id: Mapped[str] = mapped_column(String(255))
    notices_url: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    notices_handler: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    notices_asked_at: Mapped[datetime | None]


class ContextOrigin(Base):
    """That a platform said one of its courses was copied from another. Ids as the platform has them, for it may say so
    before anybody opened the copy, or the original, here."""

    __tablename__ = "context_origin"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), primary_key=True, info=TENANT)
    context_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    origin_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    told_at: Mapped[datetime]


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


class Delivery(StrEnum):
    """How the newest thing we want the gradebook to know fared."""

    NOTED = "noted"  # handed in, on a platform that is told nothing before the grade
    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"  # a teacher may retry
    CHANGED = "changed"  # the gradebook holds a grade that is not ours; the teacher decides
    KEPT = "kept"  # the teacher decided: the gradebook's grade stands


class OutgoingScore(Tenanted):
    """What the gradebook should know about one person in one column, the newest only, and how telling it went.

    The grade wanted is `wanted_version`, the one delivered `sent_version`; likewise hand-ins by number. Scores are in
    points, 0 ≤ score. `delivered_*` is the score last accepted by the platform, `tried_*` the one last put on the wire,
    noted before it left, so that after a crash our own score is not taken for the teacher's. `result_*` is what the
    gradebook holds as far as we know, by the last reading or by what it took from us since; `judged_*` is what it held
    when a teacher last decided between that and ours. `queued_at` is when something last came to wait here, or was to
    be tried again: only what the gradebook held after that says whether it may be sent.
    `last_timestamp` is the newest score timestamp used, `comment_spent` the digest of a comment that Canvas already
    has. `message` is the reason of `status` (lti/reasons.py).
    """

    __tablename__ = "outgoing_score"
    __tenant_of__ = "line_item_id"
    __table_args__ = (
        UniqueConstraint("line_item_id", "user_id"),
        Index("ix_outgoing_score_user_id", "user_id"),
        CheckConstraint("0 <= sent_version AND sent_version <= wanted_version", name="versions"),
        CheckConstraint("0 <= sent_hand_in_number AND sent_hand_in_number <= hand_in_number", name="hand_ins"),
        CheckConstraint("(hand_in_number = 0) = (handed_in_at IS NULL)", name="handed_in"),
        CheckConstraint("score_given IS NULL OR (score_given >= 0 AND coalesce(score_maximum, 0) > 0)", name="score"),
        CheckConstraint("tried_given IS NULL OR (tried_given >= 0 AND coalesce(tried_maximum, 0) > 0)", name="tried"),
        CheckConstraint(
            "delivered_given IS NULL OR (delivered_given >= 0 AND coalesce(delivered_maximum, 0) > 0)", name="delivered"
        ),
        CheckConstraint("NOT withdrawn OR score_given IS NULL", name="withdrawn_is_none"),
        CheckConstraint("attempts >= 0 AND conflicts >= 0", name="counts"),
        CheckConstraint("status <> 'sent' OR sent_at IS NOT NULL", name="sent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_item_id: Mapped[int] = mapped_column(ForeignKey("line_item.id"))
    line_item: Mapped[LineItem] = relationship()
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User] = relationship()

    handed_in_at: Mapped[datetime | None]
    hand_in_number: Mapped[int] = mapped_column(default=0)
    work_url: Mapped[str] = mapped_column(Text, default="")
    score_given: Mapped[float | None]
    score_maximum: Mapped[float | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    withdrawn: Mapped[bool] = mapped_column(default=False)
    wanted_version: Mapped[int] = mapped_column(default=0)
    overwrite: Mapped[bool] = mapped_column(default=False)

    sent_hand_in_number: Mapped[int] = mapped_column(default=0)
    sent_version: Mapped[int] = mapped_column(default=0)
    delivered_given: Mapped[float | None]
    delivered_maximum: Mapped[float | None]
    tried_given: Mapped[float | None]
    tried_maximum: Mapped[float | None]
    comment_spent: Mapped[str] = mapped_column(String(64), default="")
    last_timestamp: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    status: Mapped[Delivery] = mapped_column(text_enum(Delivery))
    queued_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    conflicts: Mapped[int] = mapped_column(default=0)
    code: Mapped[int | None]
    message: Mapped[str] = mapped_column(Text, default="")
    result_score: Mapped[float | None]
    result_maximum: Mapped[float | None]
    result_at: Mapped[datetime | None]
    judged_score: Mapped[float | None]
    judged_at: Mapped[datetime | None]


class Key(Base):
    """One of our key pairs. The private half is encrypted under SECRET_KEY; a retired pair stays published a while.

    It signs from `signs_from` (None: since it was made) to `retired_at`, which may both lie ahead. `withdrawn_at` is
    when it was taken out of the published set at once, because it leaked; its private half is "" from then on.
    """

    __tablename__ = "key"
    __table_args__ = (CheckConstraint("withdrawn_at IS NULL OR private_key = ''", name="withdrawn_signs_no_more"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    private_key: Mapped[str] = mapped_column(Text)
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Nonce(Base):
    """A nonce that was used; the primary key is what makes a second use fail, on every database alike."""

    __tablename__ = "nonce"

    value: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ServiceToken(Base):
    """An access token, encrypted, shared by all processes; keyed by our platform, for many schools share an issuer."""

    __tablename__ = "service_token"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), primary_key=True, info=TENANT)
    scopes: Mapped[str] = mapped_column(String(500), primary_key=True)
    token: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]


class Invite(Base):
    """Leave to register once. Only the token's SHA-256 is kept; spent by the registration that succeeds.

    `platform_id` is what it registered, `answered` the SHA-256 of the registration token of the platform's that did so,
    by which a reload is told from an update, and `granted` what the platform said to it (granted.Granted).
    """

    __tablename__ = "invite"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platform.id"))
    answered: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    granted: Mapped[dict[str, Any] | None]


class DeepLinkRequest(Tenanted):
    """A deep-linking launch waiting for its answer while the teacher designs. `id` is 128 random bits, for URLs.

    `settings` is the claim as the platform sent it: `data` and `deep_link_return_url` go back unchanged.
    """

    __tablename__ = "deep_link_request"
    __tenant_of__ = "context_id"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id"))
    context: Mapped[Context] = relationship()
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User] = relationship()
    settings: Mapped[dict[str, Any]]
    placement: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]


class SignIn(Base):
    """Who a browser is on one platform. Another person's launch there replaces the row; other platforms keep theirs.

    `frame_origins` are the origins that may frame our pages for this person; `zone` is what the last launch said.
    """

    __tablename__ = "sign_in"
    __table_args__ = (UniqueConstraint("session_hash", "platform_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_hash: Mapped[str] = mapped_column(String(64))
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), info=TENANT)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship()
    frame_origins: Mapped[list[str]] = mapped_column(default=list)
    zone: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
