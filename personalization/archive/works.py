"""All that was handed in for an activity, a folder for each student, as a zip that is sent while it is read.

No transaction stays open while a file is on its way, and no file is whole in memory: 500 films take as little as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from flask_babel import gettext as _
from obstore.exceptions import BaseError
from obstore.store import ObjectStore
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from engine.db import db, reading
from personalization.archive.cells import Separator
from personalization.archive.names import FOLDER, Names
from personalization.archive.parcel import Parcel
from personalization.archive.table import Table
from personalization.choice.model import Choice
from personalization.proposal.agreement import Agreement
from personalization.submission import storage
from personalization.submission.model import Kind, Submission

log = structlog.get_logger()

AT_ONCE = 25  # students whose texts are in memory together


@dataclass(frozen=True)
class Piece:
    """One file of the zip: a text, or the stored bytes of `key`, `size` of them."""

    path: str
    at: datetime
    text: str = ""
    key: str = ""
    size: int = 0


@dataclass(frozen=True)
class Works:
    """`folders` = {choice id: the student's folder}, by name."""

    table: Table
    folders: dict[int, str]

    @classmethod
    def of(cls, table: Table) -> Works:
        """Everybody in the table has a folder of their own, whoever else has their name."""
        names = Names()
        query = select(Choice).where(Choice.id.in_(table.choices)).options(joinedload(Choice.student))
        found = {choice.id: choice.student for choice in db.session.scalars(query)}
        return cls(
            table,
            {row_id: names.take(found[row_id].sort_name or found[row_id].name, FOLDER) for row_id in table.choices},
        )

    def parcel(self, store: ObjectStore, separator: Separator) -> Iterator[bytes]:
        """The zip in pieces. What the store does not give is told inside it, in the file's place."""
        zipped, now = Parcel(), self.table.now.astimezone(self.table.tz)
        yield zipped.raw(_("class") + ".csv", self.table.whole(separator), now)
        ids = list(self.folders)
        for start in range(0, len(ids), AT_ONCE):
            for piece in self._pieces(ids[start : start + AT_ONCE]):
                yield from sent(zipped, piece, store)
        yield zipped.end()

    def _pieces(self, choice_ids: Sequence[int]) -> list[Piece]:
        """Of these students, in plain values: the transaction ends before the first of their files is read."""
        goes = (
            select(Submission)
            .where(Submission.choice_id.in_(choice_ids), Submission.handed_in_at.is_not(None))
            .options(selectinload(Submission.evidence))
            .order_by(Submission.choice_id, Submission.number)
        )
        agreed = select(Agreement).where(Agreement.choice_id.in_(choice_ids), Agreement.ended_at.is_(None))
        with reading():
            found = []
            inside = {choice_id: Names() for choice_id in choice_ids}
            for agreement in db.session.scalars(agreed.options(joinedload(Agreement.version))):
                said = agreement.version
                names, folder = inside[agreement.choice_id], self.folders[agreement.choice_id]
                path = f"{folder}/{names.take(_('What you two agreed') + '.txt')}"
                found.append(Piece(path, _wall(agreement.agreed_at, self.table.tz), f"{said.title}\n\n{said.plan}\n"))
            for go in db.session.scalars(goes):
                found += pieces_of(go, self.folders[go.choice_id], inside[go.choice_id], self.table.tz)
            db.session.rollback()
        return found


def pieces_of(go: Submission, folder: str, names: Names, tz: ZoneInfo) -> Iterator[Piece]:
    """What one hand-in consists of; files keep the names that their owner gave them."""
    at = _wall(go.handed_in_at or go.saved_at, tz)
    again = "" if go.number == 1 else f" {go.number}"
    if go.text.strip():
        yield Piece(f"{folder}/{names.take(_('Text') + again + '.txt')}", at, go.text)
    if go.reflection.strip():
        yield Piece(f"{folder}/{names.take(_('Reflection') + again + '.txt')}", at, go.reflection)
    links = [f"{item.title}\n{item.url}\n".lstrip() for item in go.evidence if item.kind is Kind.LINK]
    if links:
        yield Piece(f"{folder}/{names.take(_('Links') + again + '.txt')}", at, "\n".join(links))
    seen = [item.title for item in go.evidence if item.kind is Kind.IN_PERSON]
    if seen:
        yield Piece(f"{folder}/{names.take(_('Shown in person') + again + '.txt')}", at, "\n".join(seen))
    for item in go.evidence:
        if item.kind is Kind.FILE and item.storage_key:
            yield Piece(f"{folder}/{names.take(item.title)}", at, key=item.storage_key, size=item.size)


def sent(zipped: Parcel, piece: Piece, store: ObjectStore) -> Iterator[bytes]:
    """One piece as the zip has it; where the store fails, a text beside it says so and the rest goes on."""
    if not piece.key:
        yield zipped.text(piece.path, piece.text, piece.at)
        return
    begun = False
    try:
        pieces = storage.read(store, piece.key, 0, piece.size) if piece.size else iter(())
        begun = True
        yield from zipped.file(piece.path, piece.size, pieces, piece.at)
    except (BaseError, OSError) as wrong:
        log.warning("a stored file could not be read for a download", kind=type(wrong).__name__)
        said = (
            _("This file broke off while it was read. Download it again, or open it in the tool.")
            if begun
            else _("This file could not be read now. Download it again later, or open it in the tool.")
        )
        yield zipped.text(f"{piece.path} – {_('not complete') if begun else _('missing')}.txt", f"{said}\n", piece.at)


def _wall(moment: datetime, tz: ZoneInfo) -> datetime:
    return moment.astimezone(tz)
