"""Fewer demands: which success criteria are asked of one student. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from personalization.activity.rubric import Criterion


def asked(criteria: Sequence[Criterion], not_asked: Collection[int]) -> list[Criterion]:
    """Those whose key is not in `not_asked`. Where an edit of the rubric would leave none, all of them are asked: work
    that has to show nothing could not be marked."""
    return [c for c in criteria if c.key not in not_asked] or list(criteria)


def left_out(criteria: Sequence[Criterion], not_asked: Collection[int]) -> list[Criterion]:
    """The others, in the rubric's order."""
    kept = {c.key for c in asked(criteria, not_asked)}
    return [c for c in criteria if c.key not in kept]
