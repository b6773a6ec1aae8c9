"""An LMS that knows us, and what passes between the two of us: how it was invited, keys, service tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.tenant import TENANT

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


class ServiceToken(Base):
    """An access token, encrypted, shared by all processes; keyed by our platform, for many schools share an issuer."""

    __tablename__ = "service_token"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), primary_key=True, info=TENANT)
    scopes: Mapped[str] = mapped_column(String(500), primary_key=True)
    token: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
