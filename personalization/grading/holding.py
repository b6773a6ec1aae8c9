"""Whether someone holds to the present rubric: then an edit makes a new version and leaves theirs alone."""

from __future__ import annotations

from sqlalchemy import exists, or_, select

from engine.db import db
from personalization.activity.model import Activity
from personalization.grading.model import Grade
from personalization.proposal.agreement import Agreement


def holds_rubric(activity: Activity) -> bool:
    rubric_id = activity.rubric.id
    if rubric_id is None:
        return False
    promised = exists().where(Agreement.rubric_id == rubric_id)
    marked = exists().where(Grade.rubric_id == rubric_id)
    return bool(db.session.scalar(select(or_(promised, marked))))
