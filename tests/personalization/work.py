"""What tests of students' work share: arranging it, pressing buttons, files of each kind."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine import clock
from engine.db import db
from personalization.choice.model import Choice, Way
from personalization.people.model import Person
from personalization.submission.model import Submission
from tests.cast import NOON, Member, writing

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
PDF = b"%PDF-1.7\n" + b"x" * 500


def pick(app: Flask, activity_id: int, who: Member, **dates: Any) -> int:
    """Settle somebody on the first option; the id of their choice."""
    with writing(app):
        choice = db.session.scalars(
            select(Choice).where(Choice.activity_id == activity_id, Choice.student_id == who.id)
        ).one()
        choice.settle(choice.activity.options[0], Way.PICKED, db.session.get_one(Person, who.id), NOON)
        for name, value in dates.items():
            setattr(choice, name, value)
        return choice.id


def goes(app: Flask, choice_id: int) -> list[dict[str, Any]]:
    """All goes of a choice in plain values, oldest first."""
    with app.app_context():
        rows = db.session.scalars(
            select(Submission).where(Submission.choice_id == choice_id).order_by(Submission.number)
        )
        return [
            {
                "id": row.id,
                "number": row.number,
                "text": row.text,
                "reflection": row.reflection,
                "again": row.again,
                "handed_in_at": row.handed_in_at,
                "late": row.late,
                "evidence": [(item.id, item.name, item.media_type, item.criteria) for item in row.evidence],
                "keys": [item.storage_key for item in row.evidence],
            }
            for row in rows
        ]


def press(client: FlaskClient, url: str, at: Any = NOON, headers: Any = None, **fields: Any) -> TestResponse:
    """Send a form as a page of ours would, with its token; `files`: [(content, name)]."""
    with client.session_transaction() as session:
        session["csrf_token"] = "f" * 40
    signer = URLSafeTimedSerializer(client.application.secret_key or "", salt="wtf-csrf-token")
    data = {"csrf_token": signer.dumps("f" * 40), **fields}
    if "files" in data:
        data["files"] = [(BytesIO(content), name) for content, name in data["files"]]
    with clock.at(at):
        return client.post(url, data=data, headers=headers, content_type="multipart/form-data")


def words(response: TestResponse) -> str:
    return " ".join(response.text.split())
