"""What teachers and students take along: who may, what is in it, and what happens where a file is away."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from engine import outflow
from engine.audit import Audit
from engine.db import db
from personalization.people.model import Person, PersonSection
from personalization.submission import storage
from personalization.submission.blueprint import store
from personalization.submission.model import Evidence, Submission
from personalization.submission.receiving import hand_back
from tests.cast import NOON, Cast, Member, browser_of, writing
from tests.personalization.arranging import activity_of, choice_of, hand_in, make_ready, pick, release
from tests.personalization.pressing import page_of, press
from tests.personalization.work import PNG

SignedIn = Callable[[Member], FlaskClient]


@pytest.fixture
def tool(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """An app with a place for files of its own, which a test may take away."""
    return make_app(storage_url=f"file://{tmp_path}/files")


def download(client: FlaskClient, activity_id: int, what: str = "table", separator: str = "comma") -> TestResponse:
    answer = press(client, f"/activities/{activity_id}/downloads", {"what": what, "separator": separator})
    assert answer.status_code == 200
    return answer


def rows_of(answer: TestResponse, delimiter: str = ",") -> list[dict[str, str]]:
    assert answer.data.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def opened(answer: TestResponse) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(answer.data))
    assert found.testzip() is None
    return found


def add_file(go: Submission, name: str, body: bytes = PNG) -> Evidence:
    stored = storage.keep(store(), FileStorage(io.BytesIO(body), filename=name), 10**8)
    item = Evidence.file(stored, go.choice.student, NOON)
    go.evidence.append(item)
    return item


def draft_of(activity_id: int, who: Member, text: str) -> Submission:
    choice = pick(activity_id, who.id)
    go = Submission.start(choice, None, NOON)
    db.session.add(go)
    go.save(text, "I drew it twice.", NOON)
    return go


def test_the_table_says_what_the_pages_say(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    with writing(app):
        release(hand_in(activity_id, cast.student.id), cast.teacher.id)
        grade = make_ready(hand_in(activity_id, cast.classmate.id), cast.teacher.id, {1: 4, 2: 3, 3: 1})
        grade.comment = "=cmd|' /C calc'!A0"
    noor, amara = sorted(rows_of(download(signed_in(cast.teacher), activity_id)), key=lambda row: row["Points"])
    assert (amara["Student"], amara["Where it stands"], amara["Way"]) == (
        "Diallo, Amara",
        "Grade released",
        "Field poster",
    )
    assert (amara["Points"], amara["Out of"], amara["Marks are"], amara["Points released"]) == (
        "75",
        "100",
        "released",
        "75",
    )
    assert (amara["Handed in (America/Chicago)"], amara["In the gradebook"]) == ("2026-11-10 12:00", "On its way")
    assert (noor["Understanding: level"], noor["Understanding: points"], noor["Marks are"]) == ("4", "4", "ready")
    assert (noor["Points"], noor["Points released"], noor["In the gradebook"]) == ("66.67", "", "")
    assert noor["Comment"] == "'=cmd|' /C calc'!A0"
    (again,) = [row for row in rows_of(download(signed_in(cast.teacher), activity_id, separator="semicolon"), ";")
                if row["Student"] == "Haddad, Noor"]  # fmt: skip
    assert again["Points"] == "66,67"


def test_whoever_sees_a_section_takes_that_section(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        ben = db.session.get_one(Person, cast.assistant.id)
        ben.sees_only_sections, ben.in_sections = True, [PersonSection(section="43")]
        db.session.get_one(Person, cast.classmate.id).in_sections = [PersonSection(section="43")]
        for who in (cast.student, cast.classmate):
            hand_in(activity_id, who.id)
    client = signed_in(cast.assistant)
    assert [row["Student"] for row in rows_of(download(client, activity_id))] == ["Haddad, Noor"]
    assert {name.partition("/")[0] for name in opened(download(client, activity_id, "work")).namelist()} == {
        "class.csv",
        "Haddad, Noor",
    }
    course = press(client, f"/courses/{cast.course_id}/downloads", {"separator": "comma"})
    (name,) = opened(course).namelist()
    assert "Haddad" in opened(course).read(name).decode()
    assert "Diallo" not in opened(course).read(name).decode()


def test_the_work_lies_in_a_folder_for_each_student(tool: Flask, cast: Cast, activity_id: int) -> None:
    """Two of one name have two folders; a file keeps its owner's name, and two of one name are both there."""
    with writing(tool):
        for who in (cast.student, cast.classmate):
            person = db.session.get_one(Person, who.id)
            person.sort_name = person.full_name = "Kim/Lee: Jo?"
        mine = draft_of(activity_id, cast.student, "Energy comes from the sun.")
        for name in ("photo.png", "Photo.png", "../../etc/CON.png"):
            add_file(mine, name)
        mine.add(Evidence.link("https://example.org/film", "Our film", mine.choice.student, NOON), NOON)
        mine.hand_in(mine.choice.student, NOON)
        draft_of(activity_id, cast.classmate, "Not yet.")
    answer = download(browser_of(tool, cast.teacher), activity_id, "work")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Energy in our pond.zip"'
    found = opened(answer)
    assert sorted(found.namelist()) == [
        "Kim-Lee Jo/CON_.png",
        "Kim-Lee Jo/Links.txt",
        "Kim-Lee Jo/Photo (2).png",
        "Kim-Lee Jo/Reflection.txt",
        "Kim-Lee Jo/Text.txt",
        "Kim-Lee Jo/photo.png",
        "class.csv",
    ]
    assert found.read("Kim-Lee Jo/photo.png") == PNG
    assert found.read("Kim-Lee Jo/Text.txt").decode("utf-8-sig") == "Energy comes from the sun."
    assert b"Not yet" not in b"".join(found.read(name) for name in found.namelist()), "a draft is its student’s alone"


def test_an_earlier_go_is_there_beside_the_later_one(tool: Flask, cast: Cast, activity_id: int) -> None:
    with writing(tool):
        first = db.session.get_one(Submission, hand_in(activity_id, cast.student.id, "One"))
        add_file(first, "photo.png")
        hand_back(first, "Once more.", db.session.get_one(Person, cast.teacher.id), NOON)
        hand_in(activity_id, cast.student.id, "Two")
    found = opened(download(browser_of(tool, cast.teacher), activity_id, "work"))
    texts = {name: found.read(name).decode("utf-8-sig") for name in found.namelist() if "Text" in name}
    assert texts == {"Diallo, Amara/Text.txt": "One", "Diallo, Amara/Text 2.txt": "Two"}
    assert {"Diallo, Amara/photo.png", "Diallo, Amara/photo (2).png"} <= set(found.namelist())


def test_a_file_that_is_away_is_told_and_the_rest_comes(
    tool: Flask, cast: Cast, activity_id: int, tmp_path: Path
) -> None:
    with writing(tool):
        go = draft_of(activity_id, cast.student, "Here.")
        lost = add_file(go, "lost.png").storage_key
        add_file(go, "there.png")
        go.hand_in(go.choice.student, NOON)
    (tmp_path / "files" / "evidence" / str(lost)).unlink()
    found = opened(download(browser_of(tool, cast.teacher), activity_id, "work"))
    assert found.read("Diallo, Amara/there.png") == PNG
    assert "could not be read" in found.read("Diallo, Amara/lost.png – missing.txt").decode("utf-8-sig")
    shutil.rmtree(tmp_path / "files")
    found = opened(download(browser_of(tool, cast.teacher), activity_id, "work"))
    assert len([name for name in found.namelist() if name.endswith("missing.txt")]) == 2


def test_no_connection_is_held_while_a_file_is_on_its_way(
    tool: Flask, cast: Cast, activity_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow line must not keep a transaction open for minutes."""
    with writing(tool):
        go = draft_of(activity_id, cast.student, "Here.")
        add_file(go, "photo.png")
        go.hand_in(go.choice.student, NOON)
    read, out = storage.read, []

    def watched(*args: object) -> Iterator[bytes]:
        out.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]  # a QueuePool has it
        return read(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(storage, "read", watched)
    assert opened(download(browser_of(tool, cast.teacher), activity_id, "work")).read("Diallo, Amara/photo.png") == PNG
    assert out == [0]


def test_slow_readers_take_no_more_threads_than_downloads_may(tool: Flask, cast: Cast, activity_id: int) -> None:
    """A fifth one waits, and whoever reads other pages does not notice."""
    with writing(tool):
        go = draft_of(activity_id, cast.student, "Here.")
        item = add_file(go, "photo.png", PNG + b"\0" * outflow.LONG)
        go.hand_in(go.choice.student, NOON)
        db.session.flush()
        path = f"/files/{item.storage_key}/photo.png"
    client = browser_of(tool, cast.student)
    reading = [client.get(path) for _slow in range(outflow.MOST)]
    assert [answer.status_code for answer in reading] == [200] * outflow.MOST
    refused = press(client, f"/courses/{cast.course_id}/my-data")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert "Many downloads" in refused.text
    with tool.app_context():
        assert db.session.scalars(select(Audit)).all() == [], "what did not leave is not noted"
    assert page_of(client, f"/courses/{cast.course_id}/mine")
    reading.pop().close()
    assert press(client, f"/courses/{cast.course_id}/my-data").status_code == 200


def test_each_download_is_noted_and_teachers_read_it(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    download(signed_in(cast.assistant), activity_id, "work")
    with app.app_context():
        row = db.session.scalars(select(Audit)).one()
        assert (row.verb, row.by_id, row.course_id, row.platform_id) == (
            "downloaded", cast.assistant.id, cast.course_id, cast.teacher.platform_id,
        )  # fmt: skip
        assert row.about == {"activity": activity_id, "what": "work", "students": 2}
    page = page_of(signed_in(cast.teacher), f"/courses/{cast.course_id}/log")
    assert "Ben Ito downloaded Energy in our pond" in " ".join(page.get_text(" ").split())


def test_the_log_says_what_staff_decided_and_nothing_of_other_sections(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        teacher = db.session.get_one(Person, cast.teacher.id)
        release(hand_in(activity_id, cast.student.id), cast.teacher.id)
        choice_of(activity_id, cast.classmate.id).excuse("An exchange.", teacher, NOON)
    opened(press(signed_in(cast.student), f"/courses/{cast.course_id}/my-data"))
    whole = " ".join(page_of(signed_in(cast.teacher), f"/courses/{cast.course_id}/log").get_text(" ").split())
    assert "downloaded what is held about" in whole
    assert "Adaeze Okafor released the grade of Amara Diallo" in whole
    assert "Adaeze Okafor excused Noor Haddad" in whole
    assert "exchange" not in whole, "that it was done, not why"
    with writing(app):
        teacher = db.session.get_one(Person, cast.teacher.id)
        teacher.sees_only_sections, teacher.in_sections = True, [PersonSection(section="43")]
        db.session.get_one(Person, cast.classmate.id).in_sections = [PersonSection(section="43")]
    theirs = " ".join(page_of(signed_in(cast.teacher), f"/courses/{cast.course_id}/log").get_text(" ").split())
    assert "Noor Haddad" in theirs
    assert "Amara" not in theirs, "neither by what was done for her, nor by what she did herself"


def test_a_student_takes_what_is_held_about_them(tool: Flask, cast: Cast, activity_id: int) -> None:
    """Their work, files and grades; nobody else’s, and no mark before its release."""
    with writing(tool):
        go = draft_of(activity_id, cast.student, "My own words.")
        add_file(go, "photo.png")
        go.hand_in(go.choice.student, NOON)
        db.session.flush()
        make_ready(go.id, cast.teacher.id).comment = "Between us teachers."
        hand_in(activity_id, cast.classmate.id, "Somebody else’s words.")
    client = browser_of(tool, cast.student)
    found = opened(press(client, f"/courses/{cast.course_id}/my-data"))
    assert found.read("files/photo.png") == PNG
    text = found.read("data.json").decode()
    said = json.loads(text)
    assert said["lms"]["user"]["sub"] == "sub-Amara Diallo"
    assert [row["text"] for row in said["rows"]["submission"]] == ["My own words."]
    assert said["rows"]["evidence"][0]["title"] == "photo.png"
    assert not {"grade", "mark", "user"} & set(said["rows"])
    for hidden in ("Between us", "Somebody else", "Noor", "Okafor", "storage_key", "tenant"):
        assert hidden not in text
    with writing(tool):
        release(hand_in(activity_of(activity_id).id, cast.classmate.id), cast.teacher.id)
    theirs = json.loads(
        opened(press(browser_of(tool, cast.classmate), f"/courses/{cast.course_id}/my-data")).read("data.json")
    )
    assert [row["points"] for row in theirs["rows"]["release"]] == [75]
    assert theirs["lms"]["scores"][0]["score_given"] == 75
