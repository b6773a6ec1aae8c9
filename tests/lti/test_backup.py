"""A copy that was made while grades were written goes on where it stood: what waited is sent once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

import lti
from engine.config import Config
from engine.db import db
from engine.worker import Worker
from lti.models.score import Delivery, OutgoingScore
from tests.backups import copy_of, others_at_work
from tests.lti.desk import Desk


def test_what_waited_in_the_copy_is_sent_once(
    canvas: Desk, app_with: Callable[[Config], Flask], config: Config, tmp_path: Path
) -> None:
    canvas.score(15, sub="sent-before")
    canvas.run_for(5)
    canvas.score(12, sub="waits")
    with others_at_work(lambda number: canvas.score(number % 20, sub=f"meanwhile-{number}")):
        copy = copy_of(config.database_url, tmp_path)
    canvas.book.posts.clear()
    restored = app_with(replace(config, database_url=copy))
    with restored.app_context():
        rows = db.session.scalar(select(func.count(OutgoingScore.id))) or 0
    worker = Worker(restored, lti.HANDLERS)
    for _ in range(3):
        canvas.clock.shift(60)
        worker.run_all(50)
    sent = [post["userId"] for post in canvas.book.posts]
    assert len(sent) == len(set(sent)) == rows - 1
    assert "waits" in sent
    assert "sent-before" not in sent
    with restored.app_context():
        assert set(db.session.scalars(select(OutgoingScore.status))) == {Delivery.SENT}
