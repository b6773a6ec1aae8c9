"""One student's goes at an activity, with what their page needs beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.rubric import Rubric
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.proposal.agreement import Agreement
from personalization.submission.model import Evidence, Submission


@dataclass(frozen=True)
class Goes:
    """`all` oldest first. `agreement` is the live one, where the way is the student's own."""

    choice: Choice
    all: list[Submission]
    agreement: Agreement | None

    @property
    def latest(self) -> Submission | None:
        return self.all[-1] if self.all else None

    @property
    def returned_before(self) -> Submission | None:
        """The go whose return asked for the one that is being written."""
        writes_again = len(self.all) > 1 and self.all[-1].is_draft
        return self.all[-2] if writes_again else None

    @property
    def asked_again(self) -> Submission | None:
        """The go whose return the student has yet to answer, begun on the next one or not."""
        latest = self.latest
        return latest if latest is not None and latest.is_returned else self.returned_before

    @property
    def rubric(self) -> Rubric:
        """What this student is held to."""
        return self.agreement.rubric if self.agreement else self.choice.activity.rubric

    def draft(self, now: datetime, *, by_teacher: bool = False) -> Submission:
        """The go to write in: the one begun, else a fresh one. After a hand-in that was not returned it is that one,
        which refuses changes itself.

        Raises:
            Refused: nothing is picked yet, or it is closed.
        """
        latest = self.latest
        if latest is not None and not latest.is_returned:
            return latest
        fresh = Submission.start(self.choice, latest, now, by_teacher=by_teacher)
        db.session.add(fresh)
        return fresh


def goes_of(activity: Activity, student: Person, *, to_write: bool = False) -> Goes | None:
    """None where the student has no line in the activity. `to_write` lets one change of this choice in at a time, so
    that two first saves at once make one draft."""
    query = select(Choice).where(Choice.activity_id == activity.id, Choice.student_id == student.id)
    choice = db.session.scalar(query.with_for_update() if to_write else query)
    if choice is None:
        return None
    set_committed_value(choice, "activity", activity)  # as they were read, and not once more
    set_committed_value(choice, "student", student)
    return of_choice(choice)


def of_choice(choice: Choice) -> Goes:
    goes = db.session.scalars(
        select(Submission)
        .where(Submission.choice_id == choice.id)
        .order_by(Submission.number)
        .options(selectinload(Submission.evidence))
    )
    agreement = select(Agreement).where(Agreement.choice_id == choice.id, Agreement.ended_at.is_(None))
    return Goes(choice=choice, all=list(goes), agreement=db.session.scalar(agreement))


def teacher_of(activity: Activity) -> Person | None:
    """Whose name the student's page says: who made the activity, where that is somebody who answers."""
    maker = db.session.get(Person, activity.created_by_id)
    return maker if maker is not None and maker.may_answer else None


def file_id(key: str) -> int:
    """The evidence behind a stored file, a handed-in go's before a draft's; 0, which no row has, for an unknown key."""
    query = select(Evidence.id).join(Submission).where(Evidence.storage_key == key)
    return db.session.scalar(query.order_by(Submission.handed_in_at.is_(None), Evidence.id).limit(1)) or 0


def unused(keys: Iterable[str | None]) -> set[str]:
    """Those of these stored files that no go holds any more."""
    asked = {key for key in keys if key}
    used = db.session.scalars(select(Evidence.storage_key).where(Evidence.storage_key.in_(asked)))
    return asked - set(used)
