"""What somebody who reaches the broker can have a worker do: look for what is due, and nothing else. What it does where
nobody tells it to, and what it says of that."""

from __future__ import annotations

import logging
import os
import pickle
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import SecurityWarning
from celery.platforms import ASSUMING_ROOT, check_privileges
from flask import Flask
from kombu.exceptions import ContentDisallowed
from kombu.serialization import loads, prepare_accept_content
from structlog.testing import capture_logs

from engine import celery_motor
from engine.worker import Worker
from tests.engine.tasks import leases, schedule

pytestmark = pytest.mark.one_database


def waiting(celery: Celery) -> int:
    with celery.connection_for_write() as connection, celery.amqp.Producer(connection) as producer:
        return celery_motor._waiting(celery, producer)


def test_an_invitation_goes_through_a_few_hands_whatever_it_says(app: Flask) -> None:
    """Each that is passed on has somebody look once more; nobody here has a free hand."""
    celery = celery_motor._celery("memory://", 1)
    celery_motor._take_invitations(celery, Worker(app, {"score": lambda task: None}, threads=0), celery_motor.Ear())
    schedule(app, ("a", "school"))
    look = celery.tasks[celery_motor.LOOK]
    before = waiting(celery)
    for hands in (-1, -(10**9), celery_motor.HANDS, 10**9):
        look(hands)
    assert waiting(celery) == before
    look(0)
    assert waiting(celery) == before + 1
    assert leases(app) == {"a": None}
    assert {name for name in celery.tasks if not name.startswith("celery.")} == {celery_motor.LOOK}


def test_what_runs_by_being_read_is_not_read() -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("it was read",))

    celery = celery_motor._celery("memory://", 1)
    accepted = prepare_accept_content(celery.conf.accept_content)  # type: ignore[no-untyped-call]
    with pytest.raises(ContentDisallowed):
        loads(pickle.dumps(Bomb()), "application/x-python-serialize", "binary", accept=accepted)  # type: ignore[no-untyped-call]
    assert not celery.conf.worker_enable_remote_control


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """passes(seconds): that much time, at once."""
    now = [1000.0]
    monkeypatch.setattr(celery_motor, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


def test_a_worker_that_hears_nothing_looks_by_itself_and_soon_says_so_once(passes: Callable[[float], None]) -> None:
    ear = celery_motor.Ear()
    with capture_logs() as said:
        passes(celery_motor.SILENT_SECONDS)
        assert ear.hears()
        passes(1)
        assert not ear.hears()
        assert said == []
        passes(celery_motor.NEWS_SECONDS)
        assert [ear.hears(), ear.hears()] == [False, False]
        ear.heard()
        assert ear.hears()
    assert [line["log_level"] for line in said] == ["warning", "info"]


def test_one_of_many_who_is_rung_seldom_looks_by_itself_and_has_nothing_to_say(passes: Callable[[float], None]) -> None:
    ear = celery_motor.Ear()
    passes(25)
    ear.heard()  # as one of twenty-five
    with capture_logs() as said:
        for _ring in range(3):
            passes(45)
            assert not ear.hears()
            ear.heard()
    assert said == []
    with capture_logs() as said:
        passes(celery_motor.MOST_SECONDS + 1)
        assert not ear.hears()
    assert len(said) == 1


def test_a_broker_that_was_away_makes_no_silence_usual(passes: Callable[[float], None]) -> None:
    ear = celery_motor.Ear()
    ear.is_news(logging.makeLogRecord({"msg": "Cannot connect"}))
    passes(60)
    ear.heard()
    with capture_logs() as said:
        passes(celery_motor.NEWS_SECONDS + 1)
        assert not ear.hears()
    assert len(said) == 1


def test_root_is_told_in_one_line_and_no_other_warning_is_kept_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with warnings.catch_warnings(), capture_logs() as said:
        warnings.simplefilter("error")
        with pytest.raises(SecurityWarning):
            check_privileges(["json"])
        celery_motor._tell_root()
        check_privileges(["json"])
        with pytest.raises(SecurityWarning):
            warnings.warn(SecurityWarning(ASSUMING_ROOT), stacklevel=1)
    assert [line["log_level"] for line in said] == ["warning"]
