"""What we owe a gradebook, and how telling it went."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import text_enum
from engine.tenant import Tenanted
from lti.models.context import LineItem, User


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
