"""What somebody who reaches the broker can have a worker do: look for what is due, and nothing else."""

from __future__ import annotations

import os
import pickle
import warnings
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
