"""What was handed in, and how it was marked and released, as plain values for the export."""

from __future__ import annotations

from collections.abc import Iterable

from personalization.board.designed import Plain, number, time
from personalization.grading.model import Grade, Release
from personalization.submission.model import Submission


def submission(go: Submission, grades: Iterable[Grade]) -> Plain:
    evidence = [
        {"kind": e.kind.value, "title": e.title, "url": e.url, "media_type": e.media_type, "size": e.size,
         "criteria": e.criteria, "added_at": time(e.added_at)}
        for e in go.evidence
    ]  # fmt: skip
    grade = next((g for g in grades if g.submission is go), None)
    return {
        "id": go.id,
        "number": go.number,
        "text": go.text,
        "reflection": go.reflection,
        "again": go.again.value if go.again else None,
        "started_at": time(go.started_at),
        "saved_at": time(go.saved_at),
        "handed_in_at": time(go.handed_in_at),
        "late": go.late,
        "nothing": go.is_nothing,
        "returned_at": time(go.returned_at),
        "returned_by": go.returned_by_id,
        "return_reason": go.return_reason,
        "evidence": evidence,
        "grade": _grade(grade) if grade else None,
    }


def _grade(grade: Grade) -> Plain:
    return {
        "id": grade.id,
        "status": grade.status.value,
        "rubric": grade.rubric.number,
        "levels": {str(key): level for key, level in grade.levels.items()},
        "comment": grade.comment,
        "adjustment": number(grade.adjustment),
        "adjustment_reason": grade.adjustment_reason,
        "points": number(grade.points),
        "out_of": number(grade.out_of),
        "not_asked": grade.not_asked,
        "marked_by": grade.marked_by_id,
        "marked_at": time(grade.marked_at),
        "releases": [_release(release) for release in grade.releases],
    }


def _release(release: Release) -> Plain:
    return {
        "id": release.id,
        "points": number(release.points),
        "out_of": number(release.out_of),
        "rubric": release.rubric.number,
        "levels": release.levels,
        "not_asked": release.not_asked,
        "comment": release.comment,
        "adjustment": number(release.adjustment),
        "adjustment_reason": release.adjustment_reason,
        "released_at": time(release.released_at),
        "released_by": release.released_by_id,
        "withdrawn_at": time(release.withdrawn_at),
        "withdrawn_by": release.withdrawn_by_id,
    }
