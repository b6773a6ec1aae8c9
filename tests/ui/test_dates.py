"""Moments in words: the design's look in English, right elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, g

from ui.autosave import saved

DUE = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)  # Fri, Nov 20, 6:00 pm in Chicago
SUMMER = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
CHICAGO = "America/Chicago"


def in_words(app: Flask, filter_name: str, *args: datetime, locale: str = "en", zone: str | None = CHICAGO) -> str:
    with app.test_request_context(query_string={"locale": locale}):
        g.zone = zone
        words: str = app.jinja_env.filters[filter_name](*args)
        return words


@pytest.mark.parametrize(
    ("filter_name", "words"),
    [
        ("when", "Fri, Nov 20, 6:00 pm"),
        ("dated", "Fri, Nov 20, 2026, 6:00 pm"),
        ("day", "Fri, Nov 20"),
        ("clock", "6:00 pm"),
        ("iso", "2026-11-20T18:00-06:00"),
        ("zone_name", "Chicago time (CST)"),
    ],
)
def test_english_reads_as_designed(app: Flask, filter_name: str, words: str) -> None:
    assert in_words(app, filter_name, DUE) == words


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en_GB", "Fri 20 Nov, 18:00"),
        ("de", "Fr., 20. Nov., 18:00"),
        ("ja", "11月20日(金) 18:00"),
        ("vi", "18:00 Th 6, 20 thg 11"),
    ],
)
def test_other_languages_keep_their_own_order(app: Flask, locale: str, words: str) -> None:
    assert in_words(app, "when", DUE, locale=locale) == words


def test_a_viewer_without_a_zone_sees_utc_and_is_told_so(app: Flask) -> None:
    assert in_words(app, "when", DUE, zone=None) == "Sat, Nov 21, 12:00 am"
    assert in_words(app, "zone_name", DUE, zone=None) == "UTC"


@pytest.mark.parametrize(
    ("zone", "moment", "words"),
    [
        (CHICAGO, SUMMER, "Chicago time (CDT)"),
        ("Europe/Berlin", DUE, "Berlin time (CET)"),
        ("Asia/Kathmandu", DUE, "Kathmandu time (GMT+05:45)"),
        ("America/Argentina/Buenos_Aires", DUE, "Buenos Aires time (GMT-03:00)"),
    ],
)
def test_zones_are_named_for_people(app: Flask, zone: str, moment: datetime, words: str) -> None:
    assert in_words(app, "zone_name", moment, zone=zone) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.4, "in 24 minutes"),
        (3, "in 3 hours"),
        (9, "tomorrow"),  # 3 am of the next day: days are the calendar's
        (70, "in 3 days"),
        (24 * 20, "in 20 days"),
        (24 * 28, "in 4 weeks"),
        (-2, "2 hours ago"),
        (-20, "yesterday"),
        (-24 * 5, "5 days ago"),
    ],
)
def test_distance_counts_days_of_the_calendar(app: Flask, hours: float, words: str) -> None:
    assert in_words(app, "relative", DUE + timedelta(hours=hours), DUE) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (-49, "2 days early"),
        (-20, "a day early"),
        (-1, "on time"),
        (0, "on time"),
        (0.5, "30 minutes late"),
        (7, "a day late"),
        (60, "3 days late"),
    ],
)
def test_early_and_late(app: Flask, hours: float, words: str) -> None:
    assert in_words(app, "early_or_late", DUE + timedelta(hours=hours), DUE) == words


def test_a_moment_without_a_zone_is_refused_rather_than_guessed(app: Flask) -> None:
    naive = DUE.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"):
        in_words(app, "when", naive)


def test_an_autosave_answers_with_its_sentence_and_its_time(app: Flask) -> None:
    with app.test_request_context():
        g.zone = CHICAGO
        assert saved(DUE) == {"status": "Saved at 6:00 pm. You can close this and come back.", "time": "6:00 pm"}
