"""An activity with all that a student's page shows of it, in two statements: its rubrics and its offered options."""

from __future__ import annotations

from sqlalchemy.orm import joinedload, selectinload

from personalization.activity.model import Activity, Option
from personalization.activity.rubric import Criterion, Rubric

RUBRICS = joinedload(Activity.rubrics).joinedload(Rubric.criteria).joinedload(Criterion.levels)
WHOLE = (
    RUBRICS,
    selectinload(Activity.offered).joinedload(Option.showings),
)
