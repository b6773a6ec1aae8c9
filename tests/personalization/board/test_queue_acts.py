"""What can be done from the queue beside one answer: on in one request, claims, kept words, questions, many at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import clock
from engine.db import db
from personalization.board.claim import LASTS, Claim
from personalization.board.reply import MOST, Fits, Reply, keep
from personalization.choice.message import Message
from personalization.errors import Refused
from personalization.people.model import Person
from personalization.proposal.model import Decision, Outcome, Proposal, Status, Words
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import hand_in
from tests.personalization.pressing import press, token
from tests.personalization.proposal import talking
from tests.personalization.proposal.pressing import page, words

SignedIn = Callable[[Member], FlaskClient]
NOORS = Words("Another card game", "Four players, one pond.", "", "", {1: "a", 2: "b", 3: "c"})


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def teacher(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.teacher)


@pytest.fixture
def assistant(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.assistant)


@pytest.fixture
def amaras(app: Flask, cast: Cast, activity_id: int) -> int:
    with writing(app):
        return talking.sent(activity_id, cast.student.id)


@pytest.fixture
def noors(app: Flask, cast: Cast, activity_id: int, amaras: int) -> int:
    """It says the same as Amara's, which waits before it."""
    with clock.at(NOON), writing(app):
        return talking.sent(activity_id, cast.classmate.id, NOORS)


def swap(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    """A press that asks for the answer in the same page, as htmx sends it."""
    return client.post(address, data={"csrf_token": token(client), **fields}, headers={"HX-Request": "true"})


def status_of(session: Session, proposal_id: int) -> Status:
    session.expire_all()
    return session.get_one(Proposal, proposal_id).status


# On in one request


def test_the_answer_to_a_press_is_the_next_idea(
    teacher: FlaskClient, amaras: int, noors: int, session: Session
) -> None:
    answer = swap(teacher, f"/proposals/{amaras}/decision", version="1", decision="revise", reply="Smaller.", go="next")
    assert answer.status_code == 200
    assert answer.headers["HX-Push-Url"] == f"/proposals/{noors}/decision"
    assert json.loads(answer.headers["HX-Trigger"]) == {"said": "Sent to Amara. Noor is next."}
    shown = page(answer)
    assert shown.select_one("h1").get_text() == "Answer Noor"  # type: ignore[union-attr]
    assert shown.select_one("textarea#reply").get_text().strip() == ""  # type: ignore[union-attr]
    assert not shown.select("[name=decision][checked]")
    assert len(shown.select(".qrow")) == 1
    assert shown.select_one("#tabs .count").get_text().split()[0] == "1"  # type: ignore[union-attr]
    assert status_of(session, amaras) is Status.REVISING


def test_the_last_one_and_work_to_mark_are_opened_whole(
    app: Flask, cast: Cast, teacher: FlaskClient, amaras: int
) -> None:
    with writing(app):
        work = hand_in(make_activity(cast.course_id, cast.teacher.id, title="Essay"), cast.classmate.id)
    answer = swap(teacher, f"/proposals/{amaras}/decision", version="1", decision="accept", go="next")
    assert answer.headers["HX-Redirect"] == f"/submissions/{work}/grade"
    assert "Sent to Amara. Noor is next." in words(teacher.get(f"/submissions/{work}/grade"))


def test_a_swapped_refusal_keeps_the_words(app: Flask, teacher: FlaskClient, amaras: int, noors: int) -> None:
    with writing(app):
        idea = db.session.get_one(Proposal, amaras)
        idea.withdraw(idea.choice.student, NOON)
    answer = swap(teacher, f"/proposals/{amaras}/decision", version="1", decision="revise", reply="Smaller.", go="next")
    assert (answer.status_code, "Amara withdrew this idea" in words(answer)) == (409, True)
    assert "Smaller." in words(answer)
    missing = swap(teacher, f"/proposals/{noors}/decision", version="1", decision="revise", reply="", go="next")
    assert (missing.status_code, "Noor needs a reason" in words(missing)) == (422, True)


def test_a_long_plan_shows_five_lines_and_unfolds(
    app: Flask, cast: Cast, teacher: FlaskClient, activity_id: int
) -> None:
    with writing(app):
        long = Words("Long", "A long sentence about the pond. " * 30, "", "", {1: "a", 2: "b", 3: "c"})
        proposal = talking.sent(activity_id, cast.student.id, long)
    shown = BeautifulSoup(teacher.get(f"/proposals/{proposal}/decision").text, "html.parser")
    assert shown.select_one("p.typed.five + details.unfold")


# Claims


def test_what_one_took_the_other_sees_and_may_answer_after_a_warning(
    cast: Cast, teacher: FlaskClient, assistant: FlaskClient, amaras: int, session: Session
) -> None:
    address = f"/proposals/{amaras}/decision"
    assert press(teacher, f"/proposals/{amaras}/claim").status_code == 303
    assert "Yours since 12:00 pm" in words(teacher.get(address))
    said = words(assistant.get(address))
    assert said.count("Adaeze Okafor is on it since 12:00 pm") == 2  # in the list, and above the answer
    fields = {"version": "1", "decision": "accept", "reply": "Yes, do.", "go": "stay"}
    warned = press(assistant, address, fields)
    assert (warned.status_code, "Adaeze Okafor is on it since" in words(warned)) == (409, True)
    assert "Yes, do." in words(warned)
    assert status_of(session, amaras) is Status.SUBMITTED
    knows = page(warned).select_one("#answer [name=knows]")
    assert knows is not None
    assert press(assistant, address, {**fields, "knows": str(knows["value"])}).status_code == 303
    assert status_of(session, amaras) is Status.ACCEPTED
    assert session.scalars(select(Claim)).all() == []


def test_a_claim_ends_by_itself_and_goes_to_whoever_was_first(
    cast: Cast, teacher: FlaskClient, assistant: FlaskClient, amaras: int, session: Session
) -> None:
    for client in (teacher, teacher, assistant):
        press(client, f"/proposals/{amaras}/claim")
    assert session.scalars(select(Claim)).one().by_id == cast.teacher.id
    assert "Adaeze Okafor is on it since 12:00 pm." in words(assistant.get(f"/proposals/{amaras}/decision"))
    later = NOON + LASTS + timedelta(minutes=1)
    press(assistant, f"/proposals/{amaras}/claim", now=later)
    session.expire_all()
    assert session.scalars(select(Claim)).one().by_id == cast.assistant.id


def test_only_whoever_took_it_gives_it_back(
    teacher: FlaskClient, assistant: FlaskClient, amaras: int, session: Session
) -> None:
    press(teacher, f"/proposals/{amaras}/claim")
    press(assistant, f"/proposals/{amaras}/release")
    assert len(session.scalars(select(Claim)).all()) == 1
    for _twice in range(2):
        assert press(teacher, f"/proposals/{amaras}/release").status_code == 303
    session.expire_all()
    assert session.scalars(select(Claim)).all() == []


def test_nobody_takes_what_is_answered(cast: Cast, app: Flask, teacher: FlaskClient, amaras: int) -> None:
    with writing(app):
        talking.asked_to_change(amaras, cast.teacher.id)
    assert press(teacher, f"/proposals/{amaras}/claim").status_code == 409


# Kept words


def test_words_are_kept_once_offered_to_me_alone_and_nothing_is_sent(
    cast: Cast, teacher: FlaskClient, assistant: FlaskClient, amaras: int, session: Session
) -> None:
    fields = {"version": "1", "decision": "back", "reply": "A poster is way A already.", "go": "keep"}
    for _twice in range(2):
        answer = press(teacher, f"/proposals/{amaras}/decision", fields)
        assert answer.status_code == 200
        assert "nothing was sent" in words(answer)
        assert page(answer).select_one("textarea#reply").get_text().strip() == fields["reply"]  # type: ignore[union-attr]
    reply = session.scalars(select(Reply)).one()
    assert (reply.user_id, reply.fits, reply.words) == (cast.teacher.user_id, Fits.BACK, fields["reply"])
    assert status_of(session, amaras) is Status.SUBMITTED
    mine = page(teacher.get(f"/proposals/{amaras}/decision")).select("[name=insert]")
    assert mine[-1]["data-words"] == fields["reply"]
    put = press(teacher, f"/proposals/{amaras}/decision", {"version": "1", "insert": str(mine[-1]["value"])})
    assert page(put).select_one("textarea#reply").get_text().strip() == fields["reply"]  # type: ignore[union-attr]
    assert fields["reply"] not in assistant.get(f"/proposals/{amaras}/decision").text


@pytest.mark.parametrize("typed", ["", " ", "x" * 2_001, "x" * 20_001, "a\0b"])
def test_what_cannot_be_kept_is_said_at_the_box(
    teacher: FlaskClient, amaras: int, session: Session, typed: str
) -> None:
    answer = press(teacher, f"/proposals/{amaras}/decision", {"version": "1", "reply": typed, "go": "keep"})
    assert (answer.status_code, bool(page(answer).select_one("#reply-error"))) == (422, True)
    assert session.scalars(select(Reply)).all() == []


def test_the_list_is_full_at_some_point() -> None:
    me = Person(user_id=7)
    before = [Reply(user_id=7, fits=Fits.BACK, words=str(n), kept_at=NOON) for n in range(MOST)]
    assert keep(before, me, Fits.BACK, "3", NOON) is before[3]
    with pytest.raises(Refused):
        keep(before, me, Fits.ACCEPT, "3", NOON)


def test_the_page_of_my_words_adds_changes_and_throws_away(
    cast: Cast, teacher: FlaskClient, assistant: FlaskClient, session: Session
) -> None:
    address = f"/courses/{cast.course_id}/replies"
    assert press(teacher, address, {"fits": "revise", "words": "Where?", "do": "keep"}).status_code == 303
    reply = session.scalars(select(Reply)).one()
    one = {"reply_id": str(reply.id), "fits": "accept", "words": "Yes, gladly!", "do": "keep"}
    assert press(assistant, address, one).status_code == 403
    assert press(assistant, address, {**one, "do": "throw"}).status_code == 403
    assert press(teacher, address, one).status_code == 303
    session.expire_all()
    assert (session.scalars(select(Reply)).one().fits, reply.words) == (Fits.ACCEPT, "Yes, gladly!")
    for bad in ({"words": ""}, {"fits": "nothing"}, {"reply_id": "9" * 30}, {"words": "a\0b"}):
        assert press(teacher, address, {**one, **bad}).status_code == 422
    for _twice in range(2):
        assert press(teacher, address, {**one, "do": "throw"}).status_code == 303
    session.expire_all()
    assert session.scalars(select(Reply)).all() == []
    assert press(teacher, address, one).status_code == 404


# Questions


def test_a_question_decides_nothing_and_is_read_beside_the_idea(
    cast: Cast, signed_in: SignedIn, teacher: FlaskClient, amaras: int, activity_id: int, session: Session
) -> None:
    answer = press(teacher, f"/proposals/{amaras}/questions", {"text": "Who plays it with you?"})
    assert answer.status_code == 303
    assert "Who plays it with you?" in words(teacher.get(f"/proposals/{amaras}/decision"))
    assert "Who plays it with you?" in words(signed_in(cast.student).get(f"/activities/{activity_id}/messages"))
    assert status_of(session, amaras) is Status.SUBMITTED
    empty = press(teacher, f"/proposals/{amaras}/questions", {"text": ""})
    assert (empty.status_code, bool(page(empty).select_one("#text-error"))) == (422, True)
    long = press(teacher, f"/proposals/{amaras}/questions", {"text": "x" * 2_001})
    assert (long.status_code, "x" * 2_001 in long.text) == (422, True)
    assert len(session.scalars(select(Message)).all()) == 1


def test_a_question_leaves_the_answer_in_its_box(
    cast: Cast, signed_in: SignedIn, teacher: FlaskClient, amaras: int, activity_id: int, session: Session
) -> None:
    address = f"/proposals/{amaras}/decision"
    at_the_desk = page(teacher.get(address))
    assert len(at_the_desk.select("#text[form=answer], [name=go][value=ask][form=answer]")) == 2
    begun = {"version": "1", "decision": "revise", "reply": "How do I see", "go": "ask"}
    answer = press(teacher, address, {**begun, "text": "Who plays it with you?"})
    assert answer.status_code == 200
    kept = page(answer)
    assert [box.text.strip() for box in kept.select("#reply, #text")] == ["How do I see", ""]
    assert kept.select("[name=decision][value=revise][checked]")
    assert "Who plays it with you?" in words(signed_in(cast.student).get(f"/activities/{activity_id}/messages"))
    empty = press(teacher, address, {**begun, "text": " "})
    assert (empty.status_code, bool(page(empty).select_one("#text-error"))) == (422, True)
    assert [box.text.strip() for box in page(empty).select("#reply")] == ["How do I see"]
    assert (status_of(session, amaras), len(session.scalars(select(Message)).all())) == (Status.SUBMITTED, 1)


# Many at once


def test_alike_ideas_are_offered_together_and_each_keeps_its_record(
    cast: Cast, teacher: FlaskClient, amaras: int, noors: int, activity_id: int, session: Session
) -> None:
    address = f"/activities/{activity_id}/decisions"
    queue = page(teacher.get(f"/courses/{cast.course_id}/queue"))
    assert queue.select_one(f"a[href='{address}?like={amaras}']")
    shown = page(teacher.get(f"{address}?like={noors}"))
    ticks = [str(box["value"]) for box in shown.select("[name=idea][checked]")]
    assert ticks == [f"{amaras}:1", f"{noors}:1"]
    fields: dict[str, str | list[str]] = {"idea": ticks, "decision": "revise", "reply": "Whose rules are they?"}
    assert press(teacher, address, fields).status_code == 303
    found = session.execute(select(Decision.proposal_id, Decision.version, Decision.outcome, Decision.reason)).all()
    assert sorted(map(tuple, found)) == [
        (proposal, 1, Outcome.REVISE, "Whose rules are they?") for proposal in (amaras, noors)
    ]
    assert press(teacher, address, fields).status_code == 303
    assert len(session.scalars(select(Decision)).all()) == 2
    assert "Amara, Noor had that already" in words(teacher.get(f"/courses/{cast.course_id}/queue"))


def test_a_stale_one_is_told_by_name_and_the_others_go_through(
    app: Flask, teacher: FlaskClient, amaras: int, noors: int, activity_id: int, session: Session
) -> None:
    with writing(app):
        idea = db.session.get_one(Proposal, amaras)
        idea.withdraw(idea.choice.student, NOON)
    ticks = [f"{amaras}:1", f"{noors}:1"]
    fields = {"idea": ticks, "decision": "accept", "reply": "Play them against each other."}
    answer = press(teacher, f"/activities/{activity_id}/decisions", fields)
    assert answer.status_code == 409
    said = words(answer)
    assert "Amara withdrew this idea" in said
    assert "Sent to Noor." in said
    assert "Play them against each other." in said
    assert (status_of(session, amaras), status_of(session, noors)) == (Status.WITHDRAWN, Status.ACCEPTED)


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": "accept"},
        {"decision": "accept", "idea": "1"},
        {"decision": "accept", "idea": "x:y"},
        {"decision": "accept", "idea": "9" * 40 + ":1"},
        {"idea": "1:1"},
        {"idea": "1:1", "decision": "revise"},
        {"idea": "1:1", "decision": "accept", "reply": "a\0b"},
    ],
)
def test_what_is_no_answer_to_many_changes_nothing(
    teacher: FlaskClient, amaras: int, activity_id: int, session: Session, fields: dict[str, str]
) -> None:
    assert press(teacher, f"/activities/{activity_id}/decisions", fields).status_code == 422
    assert session.scalars(select(Decision)).all() == []


def test_ideas_of_other_activities_are_left_alone(
    app: Flask, cast: Cast, teacher: FlaskClient, amaras: int, session: Session
) -> None:
    with writing(app):
        other = make_activity(cast.course_id, cast.teacher.id, title="Pulleys")
    press(teacher, f"/activities/{other}/decisions", {"idea": f"{amaras}:1", "decision": "accept"})
    assert status_of(session, amaras) is Status.SUBMITTED


@pytest.mark.parametrize("who", ["student", "designer", "observer", "other_teacher", "other_school_teacher"])
def test_nobody_else_may(
    cast: Cast, signed_in: SignedIn, amaras: int, activity_id: int, session: Session, who: str
) -> None:
    client = signed_in(getattr(cast, who))
    for address in ("claim", "release", "questions"):
        assert press(client, f"/proposals/{amaras}/{address}", {"text": "Hm"}).status_code == 403
    for address in (f"/activities/{activity_id}/decisions", f"/courses/{cast.course_id}/replies"):
        assert client.get(address).status_code == 403
        answer = press(client, address, {"idea": f"{amaras}:1", "decision": "accept", "words": "x", "do": "keep"})
        assert answer.status_code == 403
    assert status_of(session, amaras) is Status.SUBMITTED
