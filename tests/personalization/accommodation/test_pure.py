"""Words that sound like a diagnosis; which criteria are asked; an arrangement in words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel

from personalization.accommodation.allowance import Allowance
from personalization.accommodation.demands import asked, left_out
from personalization.accommodation.diagnosis import named_in
from personalization.accommodation.words import time_words
from personalization.activity.rubric import Criterion


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Has ADHD, see the file.", ["ADHD"]),
        ("adhd and AD/HD", ["adhd", "AD/HD"]),
        ("He is autistic. Autism plan of 2025.", ["autistic", "Autism"]),
        ("dyslexia; Dyslexia", ["dyslexia"]),
        ("was diagnosed with cerebral palsy", ["diagnosed", "cerebral palsy"]),
        ("ADD meds", ["ADD"]),
        ("Add two days. We add a break; an odd number of tasks.", []),
        ("Gets the text as audio. Sits near the door.", []),
        ("A longer deadline, additional breaks, depressing keys is fine", []),
        ("", []),
    ],
)
def test_a_diagnosis_is_noticed(text: str, found: list[str]) -> None:
    assert named_in(text) == found


def test_each_word_is_named_once_over_all_texts() -> None:
    assert named_in("ADHD", "adhd and a syndrome", "Syndrome") == ["ADHD", "syndrome"]


RUBRIC = [
    Criterion(key=key, position=key, name=name) for key, name in enumerate(("Understanding", "Reasons", "Clear"), 1)
]


@pytest.mark.parametrize(
    ("not_asked", "keys"),
    [
        ([], [1, 2, 3]),
        ([2], [1, 3]),
        ([3, 1], [2]),
        ([9], [1, 2, 3]),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 3, 9], [1, 2, 3]),
    ],
)
def test_at_least_one_criterion_stays_asked(not_asked: list[int], keys: list[int]) -> None:
    assert [c.key for c in asked(RUBRIC, not_asked)] == keys
    assert [c.key for c in left_out(RUBRIC, not_asked)] == [c.key for c in RUBRIC if c.key not in keys]


@pytest.fixture
def in_english() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(
    ("allowance", "words"),
    [
        (Allowance(), ""),
        (Allowance(factor=Decimal(1)), ""),
        (Allowance(1), "one more day"),
        (Allowance(3), "3 more days"),
        (Allowance(factor=Decimal("1.50")), "1.5 times the days"),
        (Allowance(2, Decimal("1.25")), "1.25 times the days, and 2 more days"),
    ],
)
def test_time_in_words(allowance: Allowance, words: str) -> None:
    assert time_words(allowance) == words
