"""The hand-in page: who may, what is kept, what is refused and in which words."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine import clock
from engine.db import db
from lti.models.score import OutgoingScore
from personalization.people.model import Person
from personalization.submission import receiving
from personalization.submission.model import Submission
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.work import PDF, PNG, goes, pick, press, words

DAY = timedelta(days=1)
SignIn = Callable[[Member], FlaskClient]


@pytest.fixture
def choice_id(app: Flask, cast: Cast, activity_id: int) -> int:
    return pick(app, activity_id, cast.student)


@pytest.fixture
def url(activity_id: int, choice_id: int) -> str:
    return f"/activities/{activity_id}/submission"


@pytest.fixture
def amara(signed_in: SignIn, cast: Cast) -> FlaskClient:
    return signed_in(cast.student)


def look(client: FlaskClient, url: str, at: object = NOON) -> str:
    with clock.at(at):  # type: ignore[arg-type]
        response = client.get(url)
    assert response.status_code == 200
    return words(response)


def hand_back(app: Flask, cast: Cast, go_id: int) -> None:
    with writing(app):
        teacher = db.session.get_one(Person, cast.teacher.id)
        receiving.hand_back(db.session.get_one(Submission, go_id), "Show the numbers too", teacher, NOON + DAY)


# Who may


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("who", "status", "told"),
    [
        ("teacher", 403, "This page belongs to a student"),
        ("assistant", 403, "Your teacher decides this"),
        ("designer", 403, "You can design here; you don’t see students’ work"),
        ("observer", 403, "You see what your student sees; you can’t change it"),
        ("other_teacher", 403, "This page belongs to someone else"),
        ("other_school_teacher", 403, "This page belongs to someone else"),
    ],
)
def test_only_students_have_work_here(
    signed_in: SignIn, cast: Cast, url: str, who: str, status: int, told: str
) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(url).status_code == status
    assert told in words(client.get(url))
    assert press(client, url, text="Not mine", do="hand-in").status_code == status


def test_a_stranger_learns_nothing(app: Flask, url: str) -> None:
    client = app.test_client()
    assert [client.get(u).status_code for u in (url, "/activities/999999/submission")] == [401, 401]


def test_a_classmate_has_work_of_their_own(
    app: Flask, signed_in: SignIn, cast: Cast, activity_id: int, choice_id: int, url: str, amara: FlaskClient
) -> None:
    theirs = pick(app, activity_id, cast.classmate)
    press(amara, url, text="Amara’s secret", do="save")
    noor = signed_in(cast.classmate)
    assert "Amara’s secret" not in look(noor, url)
    press(noor, url, text="Noor’s", do="save")
    assert [go["text"] for go in goes(app, choice_id)] == ["Amara’s secret"]
    assert [go["text"] for go in goes(app, theirs)] == ["Noor’s"]


@pytest.mark.parametrize("number", ["999999", "9" * 30])
def test_an_activity_that_is_not_there(amara: FlaskClient, number: str) -> None:
    assert amara.get(f"/activities/{number}/submission").status_code == 404


def test_without_a_way_the_ways_come_first(amara: FlaskClient, activity_id: int) -> None:
    url = f"/activities/{activity_id}/submission"
    response = amara.get(url)
    assert (response.status_code, response.location) == (303, f"/activities/{activity_id}/choice")
    refused = press(amara, url, text="Early bird", do="hand-in")
    assert refused.status_code == 409
    assert "No way is picked yet" in words(refused)


def test_a_form_without_its_token_changes_nothing(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    response = amara.post(url, data={"text": "From elsewhere", "do": "hand-in"})
    assert response.status_code == 400
    assert goes(app, choice_id) == []


# Writing


def test_looking_writes_nothing(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    page = look(amara, url)
    assert "Hand in by" in page
    assert "Where does the sun’s energy go?" in page
    assert goes(app, choice_id) == []


def test_a_draft_is_kept_and_shown_again(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    response = press(amara, url, text="# Half <b>a poster</b>", reflection="So far so good", do="save")
    assert (response.status_code, response.location) == (303, f"{url}#evidence")
    page = look(amara, url, NOON + DAY)
    assert "# Half &lt;b&gt;a poster&lt;/b&gt;" in page
    assert "So far so good" in page
    assert "Your draft from" in page
    assert [go["handed_in_at"] for go in goes(app, choice_id)] == [None]


def test_autosave_keeps_the_words_and_says_when(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    response = press(amara, f"{url}/draft", headers={"X-Autosave": "1"}, text="Typing", reflection="")
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["status"] == "Saved at 12:00 pm. You can close this and come back."
    assert goes(app, choice_id)[0]["text"] == "Typing"


def test_autosave_after_the_hand_in_says_so_and_changes_nothing(
    app: Flask, amara: FlaskClient, url: str, choice_id: int
) -> None:
    press(amara, url, text="Done", do="hand-in")
    response = press(amara, f"{url}/draft", headers={"X-Autosave": "1"}, text="An old tab")
    assert (response.status_code, response.json) == (409, {"status": "This was handed in already"})
    assert goes(app, choice_id)[0]["text"] == "Done"


@pytest.mark.one_database
@pytest.mark.parametrize("end", ["", "/draft", "/evidence"])
@pytest.mark.parametrize(("text", "told"), [("x" * 20_001, "20,000 characters fit."), ("a\x00b", "can’t be kept")])
def test_text_that_can_not_be_kept(
    app: Flask, amara: FlaskClient, url: str, choice_id: int, end: str, text: str, told: str
) -> None:
    response = press(amara, url + end, text=text, reflection="This one is fine", do="hand-in")
    assert response.status_code == 422
    said = response.json["status"] if response.json else words(response)
    assert told in said
    assert end == "/draft" or "This one is fine" in said
    assert goes(app, choice_id) == []


def test_two_first_saves_at_once_make_one_draft(
    app: Flask, signed_in: SignIn, cast: Cast, url: str, choice_id: int
) -> None:
    tabs = [signed_in(cast.student) for _n in range(4)]
    with ThreadPoolExecutor(len(tabs)) as pool:
        answers = list(pool.map(lambda tab: press(tab, url, text="At once", do="save").status_code, tabs))
    assert answers == [303] * len(tabs)
    assert [go["text"] for go in goes(app, choice_id)] == ["At once"]


# Handing in


def test_a_hand_in_gets_its_receipt(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    response = press(amara, url, text="My **poster** <script>alert(1)</script>", do="hand-in")
    assert (response.status_code, response.location) == (303, url)
    page = look(amara, url, NOON + DAY)
    assert "We have it" in page
    assert "Tue, Nov 10, 12:00 pm" in page
    assert "20 days early" in page
    assert "My <strong>poster</strong>" in page
    assert "<script>alert" not in page
    assert [(go["handed_in_at"], go["late"]) for go in goes(app, choice_id)] == [(NOON, False)]


def test_the_gradebook_hears_of_it_once(app: Flask, amara: FlaskClient, url: str, cast: Cast) -> None:
    for _press in range(2):
        assert press(amara, url, text="My poster", do="hand-in").status_code == 303
    with app.app_context():
        rows = db.session.scalars(select(OutgoingScore)).all()
        assert [row.user_id for row in rows] == [cast.student.user_id]


def test_pressing_twice_is_pressing_once(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    same = {"text": "My poster", "do": "hand-in", "link": "example.org/p", "files": [(PDF, "rules.pdf")]}
    answers = [press(amara, url, at=NOON + n * DAY, **same) for n in range(2)]
    assert [(a.status_code, a.location) for a in answers] == [(303, url), (303, url)]
    (go,) = goes(app, choice_id)
    assert go["handed_in_at"] == NOON
    assert len(go["evidence"]) == 2


def test_something_new_after_the_hand_in_is_refused_and_given_back(
    app: Flask, amara: FlaskClient, url: str, choice_id: int
) -> None:
    press(amara, url, text="My poster", do="hand-in")
    response = press(amara, url, text="My better poster", do="hand-in")
    assert response.status_code == 409
    assert "This was handed in already" in words(response)
    assert "My better poster" in words(response)
    assert goes(app, choice_id)[0]["text"] == "My poster"


def test_nothing_is_not_handed_in(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    response = press(amara, url, text=" ", reflection="I learned a lot", do="hand-in")
    assert response.status_code == 422
    page = words(response)
    assert "There is nothing to hand in yet. Write something, or add a link or a file." in page
    assert "I learned a lot" in page
    assert goes(app, choice_id) == []


def test_late_work_is_taken_and_marked(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    assert "It was due" in look(amara, url, NOON + 22 * DAY)
    press(amara, url, at=NOON + 22 * DAY, text="Better late", do="hand-in")
    assert goes(app, choice_id)[0]["late"] is True
    assert "2 days late" in look(amara, url, NOON + 22 * DAY)


def test_after_the_lock_the_draft_rests_and_is_shown(
    app: Flask, amara: FlaskClient, cast: Cast, activity_id: int
) -> None:
    choice_id = pick(app, activity_id, cast.student, lock=NOON + DAY)
    url = f"/activities/{activity_id}/submission"
    press(amara, url, text="Almost done", do="save")
    response = press(amara, url, at=NOON + 2 * DAY, text="Done now", do="hand-in")
    assert response.status_code == 409
    assert "Done now" in words(response)
    page = look(amara, url, NOON + 2 * DAY)
    assert "This is closed" in page
    assert "Almost done" in page
    assert 'name="text"' not in page
    assert goes(app, choice_id)[0]["handed_in_at"] is None


def test_a_returned_go_says_why_and_the_next_starts_as_its_copy(
    app: Flask, amara: FlaskClient, cast: Cast, url: str, choice_id: int
) -> None:
    press(amara, url, text="My poster", do="hand-in", files=[(PDF, "rules.pdf")])
    hand_back(app, cast, goes(app, choice_id)[0]["id"])
    page = look(amara, url, NOON + 2 * DAY)
    assert "One more go, please" in page
    assert "“Show the numbers too”" in page
    assert len(goes(app, choice_id)) == 1

    press(amara, url, at=NOON + 2 * DAY, text="My poster", do="save")
    first, second = goes(app, choice_id)
    assert (second["number"], second["text"], second["keys"]) == (2, "My poster", first["keys"])
    assert "Show the numbers too" in look(amara, url, NOON + 2 * DAY)

    press(amara, url, at=NOON + 2 * DAY, text="My poster with numbers", do="hand-in")
    assert [go["text"] for go in goes(app, choice_id)] == ["My poster", "My poster with numbers"]


def test_the_way_to_the_result_is_shown(amara: FlaskClient, url: str, activity_id: int) -> None:
    press(amara, url, text="My poster", do="hand-in")
    assert f'href="/activities/{activity_id}/grade"' in look(amara, url)


# Links and ticks


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.org/poster", "https://example.org/poster"),
        (" example.org/poster?x=1#y ", "https://example.org/poster?x=1#y"),
        ("http://sub.example.org:8080/ü", "http://sub.example.org:8080/ü"),
    ],
)
def test_a_link_is_kept(app: Flask, amara: FlaskClient, url: str, choice_id: int, typed: str, kept: str) -> None:
    response = press(amara, f"{url}/evidence", text="", link=typed)
    assert (response.status_code, response.location) == (303, f"{url}#evidence")
    assert [item[1] for item in goes(app, choice_id)[0]["evidence"]] == [kept]
    assert 'rel="noopener nofollow"' in look(amara, url)


@pytest.mark.one_database
@pytest.mark.parametrize(
    "typed",
    [
        "javascript:alert(1)",
        "JaVaScRiPt://example.org/%0aalert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "ftp://example.org",
        "https://",
        "https://user:pass@example.org",
        "https://example.org/a b",
        "https://[::1",
        "https://example.org:99999999/",
        "just words",
        "localhost",
    ],
)
def test_what_is_no_web_address_is_refused_and_stays_typed(
    app: Flask, amara: FlaskClient, url: str, choice_id: int, typed: str
) -> None:
    response = press(amara, f"{url}/evidence", text="My poster", link=typed)
    assert response.status_code == 422
    assert "This is no web address" in words(response)
    assert "My poster" in words(response)
    assert goes(app, choice_id) == []


def test_evidence_is_tied_to_criteria_by_ticks(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    press(amara, f"{url}/evidence", link="example.org")
    (item, *_rest) = goes(app, choice_id)[0]["evidence"]
    fields = {"item": str(item[0]), f"shows-{item[0]}": ["1", "3", "77", "x", "9" * 40]}
    press(amara, f"{url}/draft", text="", **fields)
    assert goes(app, choice_id)[0]["evidence"][0][3] == [1, 3]
    press(amara, url, text="", do="hand-in", item=str(item[0]))
    assert goes(app, choice_id)[0]["evidence"][0][3] == []


def test_taking_out_keeps_what_was_typed_beside_it(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    press(amara, f"{url}/evidence", link="example.org/wrong")
    item = goes(app, choice_id)[0]["evidence"][0][0]
    for _press in range(2):
        response = press(amara, f"{url}/evidence/{item}/deletion", text="Typed meanwhile", link="example.org/right")
        assert response.status_code == 303
    (go,) = goes(app, choice_id)
    assert go["text"] == "Typed meanwhile"
    assert [e[1] for e in go["evidence"]] == ["https://example.org/right"]


def test_nobody_takes_out_what_is_not_theirs(
    app: Flask, signed_in: SignIn, cast: Cast, amara: FlaskClient, activity_id: int, url: str, choice_id: int
) -> None:
    pick(app, activity_id, cast.classmate)
    press(amara, f"{url}/evidence", link="example.org/amara")
    item = goes(app, choice_id)[0]["evidence"][0][0]
    press(signed_in(cast.classmate), f"{url}/evidence/{item}/deletion", text="")
    assert len(goes(app, choice_id)[0]["evidence"]) == 1


def test_there_is_an_end_to_evidence(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    for number in range(30):
        assert press(amara, f"{url}/evidence", link=f"example.org/{number}").status_code == 303
    response = press(amara, url, text="Typed", link="example.org/more", files=[(PNG, "more.png")], do="hand-in")
    assert response.status_code == 422
    assert "30 files and links fit into one hand-in" in words(response)
    assert "Typed" in words(response)
    assert len(goes(app, choice_id)[0]["evidence"]) == 30


# Looking back, and what a teacher saw


def test_looking_back_after_the_hand_in(app: Flask, amara: FlaskClient, url: str, choice_id: int) -> None:
    press(amara, url, text="My poster", do="hand-in")
    go = goes(app, choice_id)[0]["id"]
    response = press(amara, f"/submissions/{go}/reflection", reflection="It clicked", again="yes", page="work")
    assert (response.status_code, response.location) == (303, f"{url}#look-back")
    assert (goes(app, choice_id)[0]["reflection"], goes(app, choice_id)[0]["again"]) == ("It clicked", "yes")
    from_grade = press(amara, f"/submissions/{go}/reflection", reflection="It clicked", again="never", page="grade")
    assert from_grade.location == f"{url.removesuffix('submission')}grade#look-back"
    assert goes(app, choice_id)[0]["again"] is None


def test_looking_back_is_ones_own(
    app: Flask, signed_in: SignIn, cast: Cast, amara: FlaskClient, url: str, choice_id: int
) -> None:
    press(amara, url, text="My poster", reflection="Mine", do="hand-in")
    back = f"/submissions/{goes(app, choice_id)[0]['id']}/reflection"
    for who in (cast.classmate, cast.teacher, cast.observer, cast.other_teacher):
        assert press(signed_in(who), back, reflection="Not mine").status_code == 403
    assert press(amara, back, reflection="x" * 20_001).status_code == 422
    assert goes(app, choice_id)[0]["reflection"] == "Mine"


@pytest.mark.parametrize("who", ["teacher", "assistant"])
def test_shown_in_person_is_noted_once(
    app: Flask, signed_in: SignIn, cast: Cast, activity_id: int, choice_id: int, who: str
) -> None:
    client = signed_in(getattr(cast, who))
    for _press in range(2):
        response = press(client, f"/choices/{choice_id}/showing", about="Played the game with us")
        assert (response.status_code, response.location) == (303, f"/activities/{activity_id}")
    (go,) = goes(app, choice_id)
    assert go["handed_in_at"] == NOON
    assert [item[1] for item in go["evidence"]] == ["Played the game with us"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(OutgoingScore)) == 1


def test_shown_in_person_takes_the_draft_along(
    app: Flask, signed_in: SignIn, cast: Cast, amara: FlaskClient, url: str, choice_id: int
) -> None:
    press(amara, url, text="My notes for the talk", do="save")
    press(signed_in(cast.teacher), f"/choices/{choice_id}/showing", about="The talk")
    (go,) = goes(app, choice_id)
    assert (go["text"], go["handed_in_at"]) == ("My notes for the talk", NOON)
    assert "Shown in person: The talk" in look(amara, url)


@pytest.mark.one_database
@pytest.mark.parametrize("who", ["student", "classmate", "observer", "designer", "other_teacher"])
def test_only_who_marks_notes_what_was_shown(
    app: Flask, signed_in: SignIn, cast: Cast, choice_id: int, who: str
) -> None:
    assert press(signed_in(getattr(cast, who)), f"/choices/{choice_id}/showing", about="Yes").status_code == 403
    assert goes(app, choice_id) == []


def test_a_note_about_a_student_without_a_way_or_with_a_hand_in(
    app: Flask, signed_in: SignIn, cast: Cast, amara: FlaskClient, activity_id: int
) -> None:
    teacher = signed_in(cast.teacher)
    with_way = pick(app, activity_id, cast.student)
    press(amara, f"/activities/{activity_id}/submission", text="My poster", do="hand-in")
    refused = press(teacher, f"/choices/{with_way}/showing", about="The talk")
    assert refused.status_code == 409
    assert "has handed this in already" in words(refused)
    assert press(teacher, f"/choices/{with_way}/showing", about="x" * 256).status_code == 422
    assert press(teacher, "/choices/999999/showing", about="").status_code == 404


def test_work_noted_by_two_teachers_at_once_is_noted_once(
    app: Flask, signed_in: SignIn, cast: Cast, choice_id: int
) -> None:
    grown_ups = [signed_in(cast.teacher), signed_in(cast.assistant), signed_in(cast.teacher), signed_in(cast.assistant)]
    with ThreadPoolExecutor(len(grown_ups)) as pool:
        url = f"/choices/{choice_id}/showing"
        answers = list(pool.map(lambda browser: press(browser, url, about="The talk").status_code, grown_ups))
    assert answers == [303] * len(grown_ups)
    assert [(go["number"], len(go["evidence"])) for go in goes(app, choice_id)] == [(1, 1)]
