"""How Riverbend feels: what the tool's server gets from it, and that its own pages stay as they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from demo import weather
from demo.weather import CALLS, Mood, Throttle
from tests.demo.gradebook import Gradebook
from tests.demo.riverbend import Riverbend


@pytest.fixture(autouse=True)
def _as_usual(riverbend: Riverbend) -> Iterator[None]:
    yield
    feels(riverbend, canvas=Mood.USUAL, moodle=Mood.USUAL)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is throttled by the calls of another."""
    monkeypatch.setattr(weather, "THROTTLES", {manner: Throttle() for manner in weather.THROTTLES})


def feels(riverbend: Riverbend, **moods: str) -> None:
    answer = requests.post(f"{riverbend.url}/weather", data=moods, timeout=5)
    assert answer.status_code == 200
    assert "The LMS feels so from now on." in answer.text


def test_down_every_call_fails_and_pages_for_people_are_as_ever(riverbend: Riverbend, canvas: Gradebook) -> None:
    feels(riverbend, canvas=Mood.DOWN)
    assert canvas.results().status_code == 503
    assert requests.post(f"{riverbend.url}/canvas/token", timeout=5).status_code == 503
    assert requests.get(f"{riverbend.url}/canvas/jwks", timeout=5).status_code == 200
    assert riverbend.teacher().get(f"{riverbend.url}/courses/1/grades", timeout=5).status_code == 200


def test_one_lms_feels_so_and_not_the_other(riverbend: Riverbend, moodle: Gradebook) -> None:
    feels(riverbend, canvas=Mood.DOWN)
    assert moodle.results().status_code == 200


def test_throttled_it_says_how_long_to_wait(riverbend: Riverbend, canvas: Gradebook) -> None:
    canvas.results()  # with its token
    feels(riverbend, canvas=Mood.THROTTLED)
    answers = [canvas.results() for _call in range(CALLS + 1)]
    assert [one.status_code for one in answers] == [200] * CALLS + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= weather.SECONDS + 1


def test_unreachable_the_connection_breaks_off(riverbend: Riverbend, canvas: Gradebook) -> None:
    canvas.results()
    feels(riverbend, canvas=Mood.SILENT)
    with pytest.raises(requests.ConnectionError):
        canvas.results()


def test_slow_it_takes_its_time(riverbend: Riverbend, canvas: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weather, "SLOW_SECONDS", 0.3)
    canvas.results()
    feels(riverbend, canvas=Mood.SLOW)
    assert canvas.results().elapsed.total_seconds() >= 0.3


def test_no_other_mood_is_taken(riverbend: Riverbend) -> None:
    assert requests.post(f"{riverbend.url}/weather", data={"canvas": "cheerful"}, timeout=5).status_code == 400
