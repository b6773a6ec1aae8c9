"""What was handed in, and who marks it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Cast, Member, writing
from tests.personalization.arranging import hand_in


@pytest.fixture
def work(app: Flask, cast: Cast, activity_id: int) -> int:
    """What Amara handed in."""
    with writing(app):
        return hand_in(activity_id, cast.student.id, "My *poster*")


@pytest.fixture
def teacher(cast: Cast, signed_in: Callable[[Member], FlaskClient]) -> FlaskClient:
    return signed_in(cast.teacher)
