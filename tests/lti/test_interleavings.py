"""Whatever order things happen in, the LMS ends with the newest release, or a teacher is told why not."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import responses
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import real_now
from tests.lti.careful import Story

pytestmark = pytest.mark.one_database

SUB = st.sampled_from(["ada", "ben", "cem"])
POINTS = st.integers(0, 20).map(float)


def cut(score: dict[str, Any]) -> Any:
    raise requests.ConnectionError("cut")


# What the LMS may answer to a score in the place of what it should: {kind: answer}.
ANSWERS: dict[str, Any] = {
    "fault": (500, {}, ""),
    "bad gateway": (502, {}, ""),
    "down": (503, {}, ""),
    "throttled": (429, {}, ""),
    "throttled a while": (429, {"Retry-After": "30"}, ""),
    "no student": (422, {}, '{"errors":{"message":"User not found in course or is not a student"}}'),
    "unknown": (418, {}, ""),
    "older": (409, {}, "[]"),
    "gone": (404, {}, ""),
    "closed": (404, {}, '{"errors":[{"message":"The specified resource does not exist."}]}'),
    "no JSON": (200, {}, "<html>Maintenance</html>"),
    "page": (200, {}, "<!DOCTYPE html><title>Sign in</title>"),
    "moved": (302, {"Location": "/login"}, ""),
}
ODD = st.sampled_from([*ANSWERS, "cut", "expire", "lose", "die_before", "die_after", "overtake"])
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("release"), SUB, POINTS),
        st.tuples(st.just("release"), SUB, POINTS),
        st.tuples(st.just("withdraw"), SUB),
        st.tuples(st.just("hand_in"), SUB, st.integers(1, 3)),
        st.tuples(st.just("type_in"), SUB, st.one_of(st.none(), POINTS)),
        st.tuples(st.just("run")),
        st.tuples(st.just("run")),
        st.tuples(st.just("run"), st.integers(0, 9)),
        st.tuples(st.just("pass_time"), st.sampled_from([0.5, 7.0, 130.0])),
        st.tuples(st.just("next"), ODD),
    ),
    min_size=3,
    max_size=14,
)


def odd(story: Story, kind: str) -> Any:
    """What the next post meets."""
    if kind in ANSWERS:
        return lambda score: ANSWERS[kind] if kind != "no JSON" else (story.take(score) and ANSWERS[kind])
    return cut if kind == "cut" else getattr(story, kind)


@pytest.mark.parametrize("family", ["canvas", "moodle"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, at_once=st.sampled_from([1, 3]))
def test_the_lms_ends_with_the_newest_release_or_a_teacher_is_told(
    app: Flask, wire: responses.RequestsMock, family: str, events: list[tuple[Any, ...]], at_once: int
) -> None:
    with time_machine.travel(real_now(), tick=False) as clock:
        story = Story(app, wire, clock, family, at_once)
        for name, *said in events:
            clock.shift(0.2)
            if name == "next":
                story.next_posts.append(odd(story, said[0]))
            else:
                getattr(story, name)(*said)
        story.end()
        story.check()
