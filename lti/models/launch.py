"""What a launch leaves behind: its spent nonce, who the browser is from then on, a request that waits for a reply."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.tenant import TENANT, Tenanted
from lti.models.context import Context, User


class Nonce(Base):
    """A nonce that was used; the primary key is what makes a second use fail, on every database alike."""

    __tablename__ = "nonce"

    value: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


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
