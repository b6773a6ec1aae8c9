"""What Moodle makes of a score: whole seconds, erasing, the teacher’s hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.demo.gradebook import Gradebook


def test_moodle_wants_a_later_whole_second(moodle: Gradebook) -> None:
    assert moodle.send(0.1).status_code == 200
    refused = moodle.send(0.9, scoreGiven=3)
    assert (refused.status_code, refused.text) == (409, "[]")
    assert "earlier timestamp" in refused.reason
    assert moodle.send(1, scoreGiven=9).status_code == 200
    assert moodle.score() == 9


def test_moodle_cuts_to_the_column(moodle: Gradebook) -> None:
    moodle.send(scoreGiven=60)
    assert moodle.score() == 16
    moodle.send(1, scoreGiven=-5)
    assert moodle.score() == 0
    moodle.send(2, scoreGiven="12")
    assert moodle.score() == 12


@pytest.mark.parametrize(
    "changes", [{"gradingProgress": "Pending"}, {"gradingProgress": "Whatever"}, {"scoreGiven": None}]
)
def test_moodle_erases_by_anything_but_a_full_score(moodle: Gradebook, changes: dict[str, Any]) -> None:
    moodle.send()
    assert moodle.send(1, **changes).status_code == 200
    assert moodle.score() is None
    assert moodle.send(-3600).status_code == 200, "the time of an erased grade is forgotten"


def test_moodle_keeps_the_comment_of_the_last_score_alone(moodle: Gradebook) -> None:
    moodle.send(comment="First")
    moodle.send(1, comment="Second")
    assert moodle.cell()["comments"] == ["Second"]
    moodle.send(2)
    assert moodle.cell()["comments"] == []


def test_a_teacher_s_grade_stands_in_moodle_until_taken_back(moodle: Gradebook) -> None:
    moodle.send()
    moodle.set_by_hand("15")
    assert moodle.score() == 15
    assert moodle.send(60).status_code == 409, "older than the teacher’s change"
    later = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    assert moodle.send(timestamp=later, scoreGiven=10).status_code == 200
    assert moodle.score() == 15
    moodle.set_by_hand("")
    assert moodle.score() == 10


def test_moodle_s_results_cannot_be_limited(moodle: Gradebook) -> None:
    moodle.send()
    assert [one["userId"] for one in moodle.results(user_id=moodle.who).json()] == [moodle.who]
    assert moodle.results(limit="2").status_code == 404
