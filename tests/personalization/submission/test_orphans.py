"""Files that were stored for a commit that never came go by themselves; those that somebody can see never do."""

from __future__ import annotations

import io
import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from obstore.exceptions import PermissionDeniedError
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine import clock
from engine.db import db
from engine.due import Due, Task
from personalization.submission import forgetting, orphans, storage
from personalization.submission.blueprint import store
from personalization.submission.media import Stored
from personalization.submission.model import Evidence, Submission
from tests.cast import NOON, Cast, make_activity, writing
from tests.personalization.arranging import hand_in
from tests.personalization.work import PNG

TASK = Task(1, orphans.KIND, "", 1, 0)
OLD, FRESH = timedelta(hours=25), timedelta(hours=23)


@pytest.fixture
def tool(make_app: Callable[..., Flask], cast: Cast, tmp_path: Path) -> Iterator[Flask]:
    """An app with a place for files of its own, in which two are somebody's."""
    app = make_app(storage_url=f"file://{tmp_path}/files")
    with writing(app):
        activity_id = make_activity(cast.course_id, cast.teacher.id)
        go = db.session.get_one(Submission, hand_in(activity_id, cast.student.id))
        for name in ("poster.png", "draft.png"):
            go.evidence.append(Evidence.file(stored(tmp_path, OLD, name), go.choice.student, NOON))
    with app.app_context():
        yield app


def stored(folder: Path, age: timedelta, name: str) -> Stored:
    """A file that was stored so long ago."""
    kept = storage.keep(store(), FileStorage(io.BytesIO(PNG), filename=name), 10_000)
    at = time.time() - age.total_seconds()
    os.utime(folder / "files" / "evidence" / kept.key, (at, at))
    return kept


def put(folder: Path, age: timedelta) -> str:
    """The key of one that no row will name."""
    return stored(folder, age, "lost.png").key


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "files").rglob("*") if path.is_file()}


def look(task: Task = TASK) -> datetime:
    """One turn of the worker's, and what it left to delete is deleted; when it looks again."""
    again = orphans.handle(task)
    for key in forgetting.waiting():
        forgetting.handle(Task(2, forgetting.KIND, key, 1, 0))
    return again


def test_what_no_row_names_goes_when_it_is_a_day_old(tool: Flask, tmp_path: Path) -> None:
    mine = files(tmp_path)
    old, fresh = put(tmp_path, OLD), put(tmp_path, FRESH)
    assert files(tmp_path) == mine | {old, fresh}
    assert look() > clock.real_now() + timedelta(hours=23)
    assert files(tmp_path) == mine | {fresh}


def test_a_row_that_comes_meanwhile_keeps_its_file(tool: Flask, tmp_path: Path) -> None:
    late = put(tmp_path, OLD)
    orphans.handle(TASK)
    assert forgetting.waiting() == [late]
    item = db.session.scalars(select(Evidence)).first()
    assert item is not None
    item.storage_key = late
    db.session.commit()
    forgetting.handle(Task(2, forgetting.KIND, late, 1, 0))
    assert late in files(tmp_path)


def test_what_else_lies_in_the_store_is_left_alone(tool: Flask, tmp_path: Path) -> None:
    other = tmp_path / "files" / "evidence" / "read me first.txt"
    other.write_text("ours")
    os.utime(other, (0, 0))
    beside = tmp_path / "files" / ("b" * 32)
    beside.write_text("ours too")
    os.utime(beside, (0, 0))
    look()
    assert other.exists()
    assert beside.exists()


def test_where_most_files_have_no_row_none_goes_and_the_log_says_so(
    tool: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost = {put(tmp_path, OLD) for _n in range(3)}
    with caplog.at_level(logging.WARNING):
        look()
    assert lost <= files(tmp_path)
    assert "most stored files have no row" in caplog.text
    assert not forgetting.waiting()


def test_so_many_a_day(tool: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "MOST", 1)
    monkeypatch.setattr(storage, "LISTED", 1)
    lost = {put(tmp_path, OLD) for _n in range(2)}
    look()
    assert len(lost & files(tmp_path)) == 1
    look()
    assert not lost & files(tmp_path)


def test_a_store_that_does_not_list_its_files_is_asked_again_the_next_day(
    tool: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_store: object) -> Iterator[list[tuple[str, datetime]]]:
        raise PermissionDeniedError

    monkeypatch.setattr(storage, "stored", refuse)
    assert look() > clock.real_now() + timedelta(hours=23)
    assert "could not be listed" in caplog.text


def test_who_is_to_end_looks_no_further(tool: Flask, tmp_path: Path) -> None:
    lost = put(tmp_path, OLD)
    ending = Task(1, orphans.KIND, "", 1, 0)
    ending.stops.set()
    assert look(ending) <= clock.real_now()
    assert lost in files(tmp_path)


def test_it_comes_round_for_ever(tool: Flask) -> None:
    tool.extensions["worker"].stand()
    assert db.session.scalar(select(Due.at).where(Due.kind == orphans.KIND)) is not None
