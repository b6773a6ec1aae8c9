"""Scores: what holds for both platforms."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from demo.store import ReceivedScore
from tests.demo.gradebook import Gradebook


def test_a_score_is_put_on_the_column_s_scale(either: Gradebook) -> None:
    assert either.send(scoreGiven=1, scoreMaximum=3).status_code == 200
    assert either.score() == pytest.approx(5.33333)


def test_every_message_is_kept_also_a_refused_one(either: Gradebook) -> None:
    either.send()
    either.send(userId="nobody")
    with either.riverbend.session() as session:
        kept = session.query(ReceivedScore).filter_by(column_id=either.column_id).all()
    assert [message.status for message in kept] == [200, 422 if either.manner == "canvas" else 400]
    assert kept[0].body["scoreGiven"] == 8


@pytest.mark.parametrize(
    "changes",
    [
        {"userId": None},
        {"timestamp": None},
        {"timestamp": "tomorrow"},
        {"timestamp": 1795294647},
        {"activityProgress": None},
        {"gradingProgress": None},
        {"scoreMaximum": None},
        {"userId": "nobody"},
        {"scoreGiven": [8]},
    ],
)
def test_a_wrong_score_changes_nothing(either: Gradebook, changes: dict[str, Any]) -> None:
    assert either.send().status_code == 200
    refused = either.send(10, **changes)
    assert refused.status_code in {400, 422}
    assert either.score() == 8


def test_teachers_get_no_score(canvas: Gradebook, moodle: Gradebook) -> None:
    teacher = canvas.riverbend.person("Adaeze Okafor")
    assert canvas.send(userId=teacher.uuid).status_code == 422
    assert moodle.send(userId=str(teacher.id)).status_code == 400


def test_another_media_type_is_refused(canvas: Gradebook, moodle: Gradebook) -> None:
    for book, status in ((canvas, 415), (moodle, 400)):
        headers = book.bearer | {"Content-Type": "application/json"}
        assert requests.post(book.address("/scores"), data="{}", headers=headers, timeout=5).status_code == status
