"""Where an activity stands in an LMS: behind which links, and with which gradebook column."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.activity.model import Activity


class Placement(Tenanted):
    """Which activity a resource link opens. One link opens one activity; an activity may stand behind several links."""

    __tablename__ = "placement"
    __tenant_of__ = "activity_id"

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_link_id: Mapped[int] = mapped_column(ForeignKey("resource_link.id"), unique=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    activity: Mapped[Activity] = relationship()
    # The gradebook column behind this link; the newest one with a column takes the grades.
    line_item_id: Mapped[int | None] = mapped_column(ForeignKey("line_item.id"), index=True)
    placed_at: Mapped[datetime]
