"""A grade becomes a score for the LMS's gradebook, and what became of it comes back in words. A door.

Rows are written in the caller's transaction; lti/ delivers them after the commit. Nothing is sent for drafts, ready
marks, ungraded activities, or where the LMS gave no column.
"""

from __future__ import annotations

from lti import Delivery, OutgoingScore, Pause
from personalization.grading.gradebook.columns import (
    Column,
    Health,
    column,
    context_of,
    health,
    line_item_of,
    lms_dues,
    lms_name,
    pause_of,
    why_slowly,
)
from personalization.grading.gradebook.progress import Progress, progress
from personalization.grading.gradebook.states import (
    ScoreState,
    count_troubles,
    describe,
    export,
    held_there,
    scores,
    state_of,
    told_of,
    troubles,
    whose,
)
from personalization.grading.gradebook.telling import (
    catch_up,
    excuse,
    find_score,
    hand_in,
    hold,
    include,
    keep,
    let_go,
    release,
    resume,
    retry,
    retry_all,
    student_of,
    sync,
    withdraw,
)

__all__ = [
    "Column",
    "Delivery",
    "Health",
    "OutgoingScore",
    "Pause",
    "Progress",
    "ScoreState",
    "catch_up",
    "column",
    "context_of",
    "count_troubles",
    "describe",
    "excuse",
    "export",
    "find_score",
    "hand_in",
    "health",
    "held_there",
    "hold",
    "include",
    "keep",
    "let_go",
    "line_item_of",
    "lms_dues",
    "lms_name",
    "pause_of",
    "progress",
    "release",
    "resume",
    "retry",
    "retry_all",
    "scores",
    "state_of",
    "student_of",
    "sync",
    "told_of",
    "troubles",
    "whose",
    "why_slowly",
    "withdraw",
]
