"""Backup and restore as docs/operator.md says, while people go on working: the database first, then the files."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine.db import db
from personalization.people.model import Person
from personalization.submission import storage
from personalization.submission.blueprint import store
from personalization.submission.evidence import Evidence
from personalization.submission.model import Submission
from tests.backups import copy_of, others_at_work
from tests.cast import NOON, Cast, make_activity, writing
from tests.personalization.arranging import pick

PDF = b"%PDF-1.7 a poster"


def test_a_restored_copy_answers_and_has_every_file_that_it_names(
    make_app: Callable[..., Flask], cast: Cast, database_url: str, tmp_path: Path
) -> None:
    app = make_app(storage_url=f"file://{tmp_path}/uploads")
    with writing(app):
        activity_id = make_activity(cast.course_id, cast.teacher.id)
        work = Submission.start(pick(activity_id, cast.student.id), None, NOON)
        db.session.add(work)
        db.session.flush()
        submission_id = work.id

    def hand_up(number: int) -> None:
        """First the file, then its row, as the page does."""
        with app.app_context():
            kept = storage.keep(store(), FileStorage(io.BytesIO(PDF + str(number).encode()), f"{number}.pdf"), 10_000)
            by = db.session.get_one(Person, cast.student.id)
            evidence = Evidence.file(kept, by, NOON)
            evidence.submission_id = submission_id
            db.session.add(evidence)
            db.session.commit()

    with others_at_work(hand_up):
        copy = copy_of(database_url, tmp_path)
        # Left out is what is still being written, under a name that it loses at the end: it may be gone meanwhile.
        shutil.copytree(tmp_path / "uploads", tmp_path / "restored", ignore=shutil.ignore_patterns("*#*"))
    restored = make_app(database_url=copy, storage_url=f"file://{tmp_path}/restored")
    assert restored.test_client().get("/readyz").json == {"status": "ok"}
    with restored.app_context():
        found = [(str(one.storage_key), one.size) for one in db.session.scalars(select(Evidence))]
        db.session.rollback()
        read = [b"".join(storage.read(store(), key, 0, size)) for key, size in found]
    assert [text[: len(PDF)] for text in read] == [PDF] * len(found)
    assert len(found) >= 2
