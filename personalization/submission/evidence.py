"""What belongs to a hand-in beside its text: files, links, and what a teacher saw themselves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import text_enum
from engine.tenant import Tenanted
from personalization.people.model import Person
from personalization.submission.media import Stored, plays_as

if TYPE_CHECKING:
    from personalization.submission.model import Submission


class Kind(StrEnum):
    FILE = "file"
    LINK = "link"
    IN_PERSON = "in person"


class Evidence(Tenanted):
    """A file, a link, or "shown in person". `criteria` are the keys of the success criteria it shows.

    `storage_key` is unguessable and names the stored bytes, `digest` is their SHA-256 in hex; goes may share one.
    """

    __tablename__ = "evidence"
    __tenant_of__ = "submission_id"
    __table_args__ = (CheckConstraint("(kind = 'file') = (storage_key IS NOT NULL) AND size >= 0", name="file"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    submission: Mapped[Submission] = relationship(back_populates="evidence")
    kind: Mapped[Kind] = mapped_column(text_enum(Kind))
    title: Mapped[str] = mapped_column(String(255), default="")
    url: Mapped[str] = mapped_column(Text, default="")
    storage_key: Mapped[str | None] = mapped_column(String(80), index=True)
    media_type: Mapped[str] = mapped_column(String(120), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    criteria: Mapped[list[int]] = mapped_column(default=list)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    added_by: Mapped[Person] = relationship()

    @classmethod
    def file(cls, stored: Stored, by: Person, now: datetime) -> Evidence:
        return cls._new(
            Kind.FILE,
            stored.name,
            by,
            now,
            storage_key=stored.key,
            media_type=stored.media_type,
            size=stored.size,
            digest=stored.digest,
        )

    @classmethod
    def link(cls, url: str, title: str, by: Person, now: datetime) -> Evidence:
        return cls._new(Kind.LINK, title, by, now, url=url)

    @classmethod
    def noted(cls, about: str, by: Person, now: datetime) -> Evidence:
        """What a teacher saw or heard themselves."""
        return cls._new(Kind.IN_PERSON, about, by, now)

    @classmethod
    def _new(cls, kind: Kind, title: str, by: Person, now: datetime, **more: Any) -> Evidence:
        empty = {"url": "", "storage_key": None, "media_type": "", "size": 0, "digest": ""}
        return cls(kind=kind, title=title, added_by=by, added_at=now, criteria=[], **(empty | more))

    @property
    def name(self) -> str:
        """What a page calls it."""
        return self.title or self.url

    @property
    def plays_as(self) -> str:
        """The element that shows it in a page: "image", "audio", "video"; "" where it is downloaded."""
        return plays_as(self.media_type) if self.kind is Kind.FILE else ""

    def is_same_as(self, other: Evidence) -> bool:
        return (self.kind, self.url, self.digest) == (other.kind, other.url, other.digest)

    def copy(self) -> Evidence:
        return Evidence(
            kind=self.kind,
            title=self.title,
            url=self.url,
            storage_key=self.storage_key,
            media_type=self.media_type,
            size=self.size,
            digest=self.digest,
            criteria=list(self.criteria),
            added_at=self.added_at,
            added_by_id=self.added_by_id,
        )
