"""Files through the pages: in by a form, out as something that can do nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from personalization.submission import storage
from personalization.submission.blueprint import STORE
from tests.cast import Cast, Member
from tests.personalization.work import PDF, PNG, goes, pick, press, words

SignIn = Callable[[Member], FlaskClient]
LIMIT = 4000  # bytes, for these tests

pytestmark = pytest.mark.one_database


@pytest.fixture
def choice_id(app: Flask, cast: Cast, activity_id: int, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setitem(app.extensions, "config", replace(app.extensions["config"], upload_max_bytes=LIMIT))
    return pick(app, activity_id, cast.student)


@pytest.fixture
def url(activity_id: int, choice_id: int) -> str:
    return f"/activities/{activity_id}/submission"


@pytest.fixture
def amara(signed_in: SignIn, cast: Cast) -> FlaskClient:
    return signed_in(cast.student)


def address(app: Flask, choice_id: int, number: int = 0) -> str:
    return f"/files/{goes(app, choice_id)[-1]['keys'][number]}/any-name"


def is_stored(app: Flask, key: str) -> bool:
    try:
        storage.read(app.extensions[STORE], key, 0, 1)
    except FileNotFoundError:
        return False
    return True


# In


def test_several_files_come_in_with_one_press(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    press(amara, f"{url}/evidence", text="Typed", files=[(PNG, "cards.png"), (PDF, "rules.pdf"), (b"", "")])
    (go,) = goes(app, choice_id)
    assert go["text"] == "Typed"
    assert [item[1:3] for item in go["evidence"]] == [("cards.png", "image/png"), ("rules.pdf", "application/pdf")]
    page = words(amara.get(url))
    assert f'<img class="work" src="/files/{go["keys"][0]}/cards.png"' in page
    assert "rules.pdf" in page


def test_files_chosen_at_the_hand_in_are_handed_in(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    press(amara, url, text="", files=[(PDF, "rules.pdf")], do="hand-in")
    (go,) = goes(app, choice_id)
    assert go["handed_in_at"] is not None
    assert len(go["evidence"]) == 1


def test_a_refused_file_is_named_the_others_are_saved_and_nothing_is_handed_in(
    app: Flask, amara: FlaskClient, url: str, choice_id: int
) -> None:
    files = [(b"\x89PNG\r\n\x1a\n" + b"x" * LIMIT, "huge.png"), (PDF, "rules.pdf")]
    response = press(amara, url, text="My poster", files=files, do="hand-in")
    assert response.status_code == 413
    page = words(response)
    assert "huge.png is 4 KB; 4 KB fit. Send a shorter clip or a link. Your other files are saved." in page
    assert "My poster" in page
    (go,) = goes(app, choice_id)
    assert go["handed_in_at"] is None
    assert [item[1] for item in go["evidence"]] == ["rules.pdf"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!doctype html><script>alert(1)</script>", "essay.pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "drawing.png"),
        (b"MZ\x90\x00\x03", "photo.jpg"),
        (b"#!/bin/sh\n", "notes.txt"),
        (b"", "empty.pdf"),
    ],
)
def test_what_is_not_what_it_says_stays_out(
    app: Flask, amara: FlaskClient, url: str, choice_id: int, content: bytes, name: str
) -> None:
    response = press(amara, f"{url}/evidence", text="Kept all the same", files=[(content, name)])
    assert response.status_code == 415
    assert name in words(response)
    (go,) = goes(app, choice_id)
    assert (go["text"], go["evidence"]) == ("Kept all the same", [])


def test_far_too_much_at_once_is_refused_before_it_is_read(amara: FlaskClient, url: str) -> None:
    size = 3 * 1024 * 1024
    response = amara.post(
        f"{url}/evidence",
        input_stream=BytesIO(b"x" * size),
        content_length=size,
        content_type="multipart/form-data; boundary=x",
    )
    assert response.status_code == 413
    assert "That was too large" in words(response)


def test_only_the_hand_in_page_takes_much(app: Flask, signed_in: SignIn, cast: Cast, activity_id: int) -> None:
    """A stranger's launch least of all: what comes is put on the disk before it is known whose it is."""
    size, kind = 3 * 1024 * 1024, "multipart/form-data; boundary=x"

    def send(client: FlaskClient, url: str) -> int:
        body = BytesIO(b"x" * size)
        return client.post(url, input_stream=body, content_length=size, content_type=kind).status_code

    amara = signed_in(cast.student)
    assert send(app.test_client(), "/lti/launch") == 413
    assert send(amara, f"/activities/{activity_id}/choice") == 413
    assert send(amara, f"/activities/{activity_id}/submission") == 400  # read, and found to be no form of ours


class Watched(BytesIO):
    """A body that notes, whenever a piece of it is read, whether somebody else may write to the database."""

    def __init__(self, body: bytes, database: str) -> None:
        super().__init__(body)
        self.database = database
        self.free: list[bool] = []

    def readinto(self, buffer: object) -> int:
        self._look()
        return super().readinto(buffer)  # type: ignore[arg-type]

    def read(self, size: int | None = -1) -> bytes:
        self._look()
        return super().read(size)

    def _look(self) -> None:
        other = sqlite3.connect(self.database, timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            self.free.append(True)
        except sqlite3.OperationalError:
            self.free.append(False)
        finally:
            other.close()


@pytest.mark.parametrize("end", ["", "/evidence", "/evidence/1/deletion"])
def test_a_slow_upload_holds_nobody_up(amara: FlaskClient, url: str, end: str, database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("only SQLite has one writer at a time")
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n' + PDF + b"\r\n--x--\r\n"
    body = Watched(part, database_url.removeprefix("sqlite:///"))
    kind = "multipart/form-data; boundary=x"
    response = amara.post(url + end, input_stream=body, content_length=len(part), content_type=kind)
    assert response.status_code == 400  # no token in it
    assert body.free
    assert all(body.free)


def test_only_so_many_files_at_once(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    response = press(amara, f"{url}/evidence", files=[(b"n%d" % n, f"{n}.txt") for n in range(11)])
    assert response.status_code == 422
    assert "10 files fit at once" in words(response)
    assert goes(app, choice_id) == []


def test_a_hostile_name_does_no_harm(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    press(amara, f"{url}/evidence", files=[(PDF, "../../<img src=x onerror=alert(1)>.exe")])
    assert "<img src=x" not in words(amara.get(url))
    response = amara.get(address(app, choice_id))
    assert response.status_code == 200
    named = response.headers["Content-Disposition"]
    assert named == 'attachment; filename="img src=x onerror=alert(1).exe.pdf"'


def test_the_same_file_twice_is_there_once_and_stored_once(
    app: Flask, amara: FlaskClient, url: str, choice_id: int
) -> None:
    for name in ("rules.pdf", "rules again.pdf"):
        press(amara, f"{url}/evidence", files=[(PDF, name)])
    (go,) = goes(app, choice_id)
    assert [item[1] for item in go["evidence"]] == ["rules.pdf"]


def test_what_is_taken_out_leaves_the_store_too(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    press(amara, f"{url}/evidence", files=[(PDF, "rules.pdf")])
    (go,) = goes(app, choice_id)
    press(amara, f"{url}/evidence/{go['evidence'][0][0]}/deletion", text="")
    assert not is_stored(app, go["keys"][0])


def test_a_refused_press_leaves_nothing_in_the_store(
    app: Flask, amara: FlaskClient, url: str, choice_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = storage.keep

    def spy(*args: object, **more: object) -> object:
        stored = real(*args, **more)  # type: ignore[arg-type]
        made.append(stored.key)
        return stored

    monkeypatch.setattr(storage, "keep", spy)
    press(amara, url, text="Done", do="hand-in")
    assert press(amara, f"{url}/evidence", text="Done", files=[(PDF, "late.pdf")]).status_code == 409
    assert len(made) == 1
    assert not is_stored(app, made[0])


# Out


@pytest.fixture
def played(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> str:
    press(amara, f"{url}/evidence", files=[(PNG, "Vier Köpfe.png")])
    return address(app, choice_id)


def test_media_play_in_the_page_and_can_do_nothing_else(amara: FlaskClient, played: str) -> None:
    response = amara.get(played)
    assert (response.status_code, response.data) == (200, PNG)
    headers = response.headers
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"].startswith("inline;")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_on_demand_media_are_saved_under_their_name(amara: FlaskClient, played: str) -> None:
    disposition = amara.get(f"{played}?download=1").headers["Content-Disposition"]
    assert disposition == "attachment; filename=\"Vier Kopfe.png\"; filename*=UTF-8''Vier%20K%C3%B6pfe.png"


def test_a_name_without_a_latin_letter_is_kept(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    press(amara, f"{url}/evidence", files=[(PDF, "蛙.pdf")])
    disposition = amara.get(address(app, choice_id)).headers["Content-Disposition"]
    assert disposition == "attachment; filename=.pdf; filename*=UTF-8''%E8%9B%99.pdf"


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "rules.pdf", "application/pdf"),
        (b"Hello", "page.html", "text/plain; charset=utf-8"),
        (b"alert(1)", "script.js", "text/plain; charset=utf-8"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "photo.heic", "image/heic"),
    ],
)
def test_all_else_is_saved_never_opened(
    app: Flask, amara: FlaskClient, url: str, choice_id: int, content: bytes, name: str, media_type: str
) -> None:
    press(amara, f"{url}/evidence", files=[(content, name)])
    headers = amara.get(address(app, choice_id)).headers
    assert headers["Content-Type"] == media_type
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, len(PNG)),
        ("bytes=10-19", 10, 20),
        ("bytes=1000-", 1000, len(PNG)),
        ("bytes=-5", len(PNG) - 5, len(PNG)),
    ],
)
def test_a_player_may_ask_for_a_piece(amara: FlaskClient, played: str, asked: str, start: int, end: int) -> None:
    response = amara.get(played, headers={"Range": asked})
    assert (response.status_code, response.data) == (206, PNG[start:end])
    assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(PNG)}"
    assert response.headers["Content-Length"] == str(end - start)
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "words=1-2", "bytes=x"])
def test_an_odd_range_gets_the_whole(amara: FlaskClient, played: str, asked: str) -> None:
    response = amara.get(played, headers={"Range": asked})
    assert (response.status_code, response.data) == (200, PNG)


def test_a_condition_that_can_not_hold_gets_the_whole(amara: FlaskClient, played: str) -> None:
    response = amara.get(played, headers={"Range": "bytes=0-1", "If-Range": '"some-tag"'})
    assert (response.status_code, response.data) == (200, PNG)


def test_a_range_beyond_the_end_is_refused(amara: FlaskClient, played: str) -> None:
    response = amara.get(played, headers={"Range": "bytes=5000-"})
    assert (response.status_code, response.headers["Content-Range"]) == (416, f"bytes */{len(PNG)}")


def test_head_tells_the_size(amara: FlaskClient, played: str) -> None:
    response = amara.head(played)
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == str(len(PNG))
    assert response.headers["Accept-Ranges"] == "bytes"


def test_a_drafts_file_is_the_students_alone(signed_in: SignIn, cast: Cast, amara: FlaskClient, played: str) -> None:
    assert amara.get(played).status_code == 200
    others = [cast.teacher, cast.assistant, cast.classmate, cast.observer, cast.designer, cast.other_teacher]
    assert {signed_in(who).get(played).status_code for who in others} == {403}


def test_a_file_that_was_handed_in_is_for_those_who_mark_it(
    app: Flask, signed_in: SignIn, cast: Cast, amara: FlaskClient, url: str, choice_id: int, played: str
) -> None:
    press(amara, url, text="", do="hand-in")
    answers = {
        name: signed_in(getattr(cast, name)).get(played).status_code
        for name in ("student", "teacher", "assistant", "classmate", "observer", "designer", "other_teacher")
    }
    assert answers == {
        "student": 200,
        "teacher": 200,
        "assistant": 200,
        "classmate": 403,
        "observer": 200,
        "designer": 403,
        "other_teacher": 403,
    }
    assert app.test_client().get(played).status_code == 401
    assert signed_in(cast.other_school_teacher).get(played).status_code == 403


@pytest.mark.parametrize("key", ["k" * 32, "x", "..%2f..%2fetc", "%00", "k" * 500])
def test_an_unknown_key_is_not_there(app: Flask, amara: FlaskClient, url: str, key: str) -> None:
    assert amara.get(f"/files/{key}/x.pdf").status_code == 404
    assert app.test_client().get(f"/files/{'k' * 32}/x.pdf").status_code == 401


def test_a_file_that_the_store_lost(app: Flask, amara: FlaskClient, choice_id: int, played: str) -> None:
    storage.forget(app.extensions[STORE], goes(app, choice_id)[0]["keys"])
    response = amara.get(played)
    assert response.status_code == 404
    assert "This file is not here any more" in words(response)


def test_a_file_that_two_goes_share_outlives_its_removal_from_one(
    app: Flask, signed_in: SignIn, cast: Cast, amara: FlaskClient, url: str, choice_id: int, played: str
) -> None:
    press(amara, url, text="First", do="hand-in")
    go = goes(app, choice_id)[0]["id"]
    press(signed_in(cast.teacher), f"/submissions/{go}/return", reason="One more go")
    press(amara, url, text="First", do="save")
    item = goes(app, choice_id)[1]["evidence"][0][0]
    press(amara, f"{url}/evidence/{item}/deletion", text="First")
    assert goes(app, choice_id)[1]["evidence"] == []
    assert is_stored(app, goes(app, choice_id)[0]["keys"][0])
    assert signed_in(cast.teacher).get(played).status_code == 200
