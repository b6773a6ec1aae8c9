"""The queue and the answer to an idea: order, decide-and-next, stale and repeated presses, who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.db import db
from lti.models.score import Delivery, OutgoingScore
from personalization.activity.model import Activity
from personalization.choice.model import Choice, Way
from personalization.people.model import Course, Person, Role
from personalization.proposal.agreement import Agreement
from personalization.proposal.model import Outcome, Proposal, Status
from personalization.proposal.version import Words
from tests.cast import NOON, Cast, Member, make_activity, make_person, writing
from tests.personalization.arranging import choice_of, hand_in, make_ready, release
from tests.personalization.proposal import talking
from tests.personalization.proposal.pressing import page, press, token, words
from tests.personalization.proposal.talking import EDITED, FIELDS
from tests.statements import statements_of

SignedIn = Callable[[Member], FlaskClient]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def teacher(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.teacher)


@pytest.fixture
def queue(cast: Cast) -> str:
    return f"/courses/{cast.course_id}/queue"


@pytest.fixture
def amaras(app: Flask, cast: Cast, activity_id: int) -> int:
    """Amara's idea, which waits for an answer."""
    with writing(app):
        return talking.sent(activity_id, cast.student.id)


@pytest.fixture
def noors(app: Flask, cast: Cast, activity_id: int, amaras: int) -> int:
    """Noor's idea, which waits behind Amara's."""
    with clock.at(NOON), writing(app):
        return talking.sent(
            activity_id, cast.classmate.id, Words("A rap", "Three verses.", "", "", {1: "a", 2: "b", 3: "c"})
        )


def decision(proposal_id: int) -> str:
    return f"/proposals/{proposal_id}/decision"


def idea(session: Session, proposal_id: int) -> Proposal:
    session.expire_all()
    return session.get_one(Proposal, proposal_id)


def rows(client: FlaskClient, address: str) -> list[tuple[str, str]]:
    """[(who, what)] as the list shows them."""
    shown = page(client.get(address)).select(".qrow")
    return [(" ".join(r.strong.get_text().split()), r.select_one(".what").get_text()) for r in shown]  # type: ignore[union-attr]


# The list


def test_nothing_waits_and_the_page_says_what_comes_next(teacher: FlaskClient, queue: str, activity_id: int) -> None:
    said = words(teacher.get(queue))
    assert "Nothing waits for you" in said
    assert "Next answer is due" in said


def test_promises_come_first_then_work_by_age(
    app: Flask, cast: Cast, teacher: FlaskClient, queue: str, activity_id: int, noors: int
) -> None:
    with writing(app):
        sooner = make_activity(cast.course_id, cast.teacher.id, title="Pulleys", work_due=NOON + 12 * DAY)
        talking.sent(sooner, cast.classmate.id)
        hand_in(make_activity(cast.course_id, cast.teacher.id, title="Essay"), cast.student.id, now=NOON - HOUR)
        hand_in(sooner, cast.student.id, now=NOON - 2 * HOUR)
    assert rows(teacher, queue) == [
        ("Noor Haddad", "A card game"),
        ("Amara Diallo", "A card game"),
        ("Noor Haddad", "A rap"),
        ("Amara Diallo", "Handed in: Pulleys"),
        ("Amara Diallo", "Handed in: Essay"),
    ]
    assert "5 things wait for you" in words(teacher.get(queue))
    assert page(teacher.get(queue)).select_one(".tabs .count").get_text(strip=True).startswith("5")  # type: ignore[union-attr]


def test_only_what_waits_for_the_teacher_is_listed(
    app: Flask, cast: Cast, teacher: FlaskClient, queue: str, activity_id: int
) -> None:
    with writing(app):
        talking.draft(activity_id, cast.student.id)
        make_ready(hand_in(activity_id, cast.classmate.id), cast.teacher.id)
    assert rows(teacher, queue) == []


def test_a_withdrawn_idea_and_one_of_who_left_wait_no_longer(
    app: Flask, cast: Cast, teacher: FlaskClient, queue: str, amaras: int, noors: int
) -> None:
    with writing(app):
        db.session.get_one(Person, cast.student.id).left_at = NOON
        gone = db.session.get_one(Proposal, noors)
        gone.withdraw(gone.choice.student, NOON)
    assert rows(teacher, queue) == []


def test_an_overdue_answer_says_so(teacher: FlaskClient, queue: str, amaras: int, session: Session) -> None:
    answer_by = session.scalars(select(Activity)).one().answer_by
    assert answer_by is not None
    with clock.at(answer_by + HOUR):
        shown = page(teacher.get(queue))
    badge = shown.select_one(".qrow .state")
    assert badge is not None
    assert (badge["data-tone"], badge.get_text(strip=True)) == ("alarm", "overdue")


def test_a_grade_that_was_refused_waits_too(
    app: Flask, cast: Cast, teacher: FlaskClient, queue: str, activity_id: int
) -> None:
    with writing(app):
        release(hand_in(activity_id, cast.student.id), cast.teacher.id)
    with writing(app):
        score = db.session.scalars(select(OutgoingScore)).one()
        score.status, score.message = Delivery.REFUSED, "The assignment is not published."
    assert rows(teacher, queue) == [("Amara Diallo", "Refused: Energy in our pond")]
    assert page(teacher.get(queue)).select_one(f".qrow[href='/activities/{activity_id}']")


def test_the_list_takes_as_many_statements_for_many_as_for_few(
    app: Flask, cast: Cast, teacher: FlaskClient, queue: str, activity_id: int, amaras: int, noors: int
) -> None:
    few = statements(app, teacher, queue)
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        activity = db.session.get_one(Activity, activity_id)
        for n in range(20):
            student = make_person(course, f"Student {n:02}", Role.STUDENT)
            db.session.add(Choice.for_student(activity, student, NOON))
            db.session.flush()
            talking.sent(activity_id, student.id)
    assert len(rows(teacher, queue)) == 22
    assert statements(app, teacher, queue) == few


def statements(app: Flask, client: FlaskClient, address: str) -> int:
    with statements_of(app) as found:
        assert client.get(address).status_code == 200
    return len(found)


# The answer


def test_the_page_shows_the_idea_and_what_is_not_sure_first(
    app: Flask, cast: Cast, teacher: FlaskClient, activity_id: int
) -> None:
    with writing(app):
        unsure = Words("A rap", "Three verses.", "", "", {1: "verse 1", 2: "", 3: "rhymes"}, frozenset({2}))
        proposal = talking.sent(activity_id, cast.student.id, unsure)
    shown = page(teacher.get(decision(proposal)))
    names = [dt.get_text(strip=True) for dt in shown.select(".sheet .lines dt")]
    assert names == ["2 Reasons", "1 Understanding", "3 Clear"]
    assert "Not sure yet" in shown.select(".sheet .lines dd")[0].get_text()
    assert [r["value"] for r in shown.select("input[name=decision]")] == ["accept", "revise", "back"]
    assert not shown.select("input[name=decision][checked]")


def test_yes_settles_it_and_opens_the_next(
    teacher: FlaskClient, amaras: int, noors: int, session: Session, cast: Cast
) -> None:
    assert "Send and open Noor" in words(teacher.get(decision(amaras)))
    answer = press(teacher, decision(amaras), version="1", decision="accept", reply="Gladly.", go="next")
    assert (answer.status_code, answer.location) == (303, decision(noors))
    there = idea(session, amaras)
    assert (there.status, there.choice.way, there.decisions[0].reason) == (Status.ACCEPTED, Way.AGREED, "Gladly.")
    assert session.scalars(select(Agreement)).one().choice.student_id == cast.student.id
    assert "Sent to Amara. Noor is next." in words(teacher.get(decision(noors)))


def test_a_question_may_stay_on_the_page_and_shows_whose_move_it_is(
    teacher: FlaskClient, amaras: int, session: Session
) -> None:
    answer = press(teacher, decision(amaras), version="1", decision="revise", reply="How many cards?", go="stay")
    assert answer.location == decision(amaras)
    assert idea(session, amaras).status is Status.REVISING
    said = words(teacher.get(decision(amaras)))
    assert "With Amara" in said
    assert "How many cards?" in said
    assert not page(teacher.get(decision(amaras))).select("input[name=decision]")


def test_sending_back_closes_the_idea_and_the_last_of_the_queue_leads_to_its_end(
    teacher: FlaskClient, amaras: int, session: Session, queue: str
) -> None:
    answer = press(teacher, decision(amaras), version="1", decision="back", reply="That is option A.", go="next")
    assert answer.location == queue
    assert idea(session, amaras).status is Status.SENT_BACK
    assert "Answered today (1)" in words(teacher.get(queue))


@pytest.mark.parametrize("verdict", ["revise", "back"])
def test_a_no_without_a_reason_is_asked_for_one(
    teacher: FlaskClient, amaras: int, session: Session, verdict: str
) -> None:
    answer = press(teacher, decision(amaras), version="1", decision=verdict, reply=" \n", go="next")
    assert answer.status_code == 422
    assert "Amara needs a reason. One sentence will do." in words(answer)
    assert page(answer).select_one(f"input[value={verdict}][checked]")
    assert page(answer).select_one("[role=alert] a[href='#reply']")
    assert idea(session, amaras).decisions == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"decision": "offer"},
        {"decision": "accept", "version": ""},
        {"decision": "accept", "version": "one"},
        {"decision": "accept", "version": "-1"},
        {"decision": "accept", "version": "9" * 5000},
        {"decision": "revise", "reply": "x" * 20_001},
        {"decision": "revise", "reply": "a\0b"},
    ],
)
def test_what_is_no_answer_changes_nothing(
    teacher: FlaskClient, amaras: int, session: Session, fields: dict[str, str]
) -> None:
    answer = press(teacher, decision(amaras), **{"version": "1", "reply": "Kept words", **fields})
    assert answer.status_code == 422
    if "reply" not in fields:
        assert "Kept words" in answer.text
    assert idea(session, amaras).status is Status.SUBMITTED


def test_ready_words_fill_the_box_without_scripts_and_decide_nothing(
    teacher: FlaskClient, amaras: int, session: Session
) -> None:
    answer = press(teacher, decision(amaras), version="1", decision="revise", reply="Hello Amara.", insert="2")
    box = page(answer).select_one("textarea[name=reply]")
    assert answer.status_code == 200
    assert box is not None
    assert box.get_text().strip() == (
        "Hello Amara. This is a lot for the time you have. Which half of it would you keep?"
    )
    assert page(answer).select_one("input[value=revise][checked]")
    assert idea(session, amaras).decisions == []


def test_enter_sends_rather_than_putting_words_into_the_box(teacher: FlaskClient, amaras: int) -> None:
    form = page(teacher.get(decision(amaras))).select_one("#answer")
    assert form is not None
    first = form.select("button")[0]
    assert (first["name"], first.get("tabindex"), first.get("aria-hidden")) == ("go", "-1", "true")


def test_a_decision_about_an_older_version_says_what_happened_and_keeps_the_words(
    app: Flask, cast: Cast, teacher: FlaskClient, amaras: int, session: Session, activity_id: int
) -> None:
    with writing(app):
        talking.asked_to_change(amaras, cast.teacher.id)
        there = db.session.get_one(Proposal, amaras)
        changed = Words("A card game", "Two players.", "", "", {1: "a", 2: "b", 3: "c"})
        there.submit(changed, there.choice.activity.criteria, there.choice.student, NOON)
    answer = press(teacher, decision(amaras), version="1", decision="back", reply="Too big for me.", go="next")
    assert answer.status_code == 409
    said = words(answer)
    assert "Amara changed the plan while you were reading" in said
    assert "Open version 2 with them" in said
    box = page(answer).select_one("textarea[name=reply]")
    assert box is not None
    assert box.get_text().strip() == "Too big for me."
    version = page(answer).select_one("#idea input[name=version]")
    assert version is not None
    assert version["value"] == "2"
    assert [d.outcome for d in idea(session, amaras).decisions] == [Outcome.REVISE]


def test_a_decision_about_a_withdrawn_idea_keeps_the_words(
    app: Flask, cast: Cast, teacher: FlaskClient, amaras: int
) -> None:
    with writing(app):
        there = db.session.get_one(Proposal, amaras)
        there.withdraw(there.choice.student, NOON)
    for fields in ({"decision": "revise"}, {"insert": "1"}, {}):
        answer = press(teacher, decision(amaras), version="1", reply="Smaller, please.", **fields)
        assert answer.status_code == 409
        assert "Amara withdrew this idea" in words(answer)
        assert "Smaller, please." in words(answer)


@pytest.mark.parametrize("verdict", ["accept", "revise", "back"])
def test_the_same_press_twice_ends_the_same(teacher: FlaskClient, amaras: int, session: Session, verdict: str) -> None:
    fields = {"version": "1", "decision": verdict, "reply": "Because.", "go": "stay"}
    answers = [press(teacher, decision(amaras), **fields) for _twice in range(2)]
    assert [(a.status_code, a.location) for a in answers] == [(303, decision(amaras))] * 2
    assert len(idea(session, amaras).decisions) == 1
    assert "That went out already, at 12:00 pm. Nothing was sent twice." in words(teacher.get(decision(amaras)))


def test_another_answer_by_somebody_else_is_told_who_was_first(
    cast: Cast, signed_in: SignedIn, teacher: FlaskClient, amaras: int, session: Session
) -> None:
    press(teacher, decision(amaras), version="1", decision="revise", reply="Smaller.")
    assistant = signed_in(cast.assistant)
    answer = press(assistant, decision(amaras), version="1", decision="accept", reply="Yes!")
    assert answer.status_code == 409
    assert "Adaeze Okafor answered already: change one thing" in words(answer)
    assert idea(session, amaras).status is Status.REVISING


def test_after_two_rounds_the_page_suggests_an_offer_or_a_talk_and_forbids_nothing(
    app: Flask, cast: Cast, teacher: FlaskClient, amaras: int, session: Session
) -> None:
    with writing(app):
        there = db.session.get_one(Proposal, amaras)
        for n in range(2):
            talking.asked_to_change(amaras, cast.teacher.id, f"Question {n}")
            changed = Words(f"Version {n}", "Plan", "", "", {1: "a", 2: "b", 3: "c"})
            there.submit(changed, there.choice.activity.criteria, there.choice.student, NOON)
    assert "You asked for changes 2 times" in words(teacher.get(decision(amaras)))
    assert press(teacher, decision(amaras), version="3", decision="revise", reply="Once more.").status_code == 303
    assert idea(session, amaras).status is Status.REVISING


# Accept with edits


def test_an_offer_carries_the_edits_to_the_student(
    teacher: FlaskClient, amaras: int, session: Session, cast: Cast, signed_in: SignedIn
) -> None:
    address = f"/proposals/{amaras}/offer"
    shown = page(teacher.get(address))
    assert shown.select_one("input[name=title][value='A card game']")
    for _twice in range(2):
        answer = press(teacher, address, version="1", reply="Smaller is better.", **EDITED)
        assert answer.status_code == 303
    there = idea(session, amaras)
    assert (there.status, there.latest.number, there.latest.plan) == (Status.OFFERED, 2, "Two players, one pond.")
    said = words(signed_in(cast.student).get(f"/proposals/{amaras}"))
    assert "Smaller is better." in said
    assert "Removed: Four" in said


def test_an_offer_without_an_edit_or_without_a_title_is_refused_and_kept(
    teacher: FlaskClient, amaras: int, session: Session
) -> None:
    address = f"/proposals/{amaras}/offer"
    same = press(teacher, address, version="1", reply="Yes!", **FIELDS)
    assert (same.status_code, "Nothing is changed in your version" in words(same)) == (422, True)
    empty = press(teacher, address, version="1", **{**EDITED, "title": "", "criterion-3": ""})
    assert empty.status_code == 422
    assert "Two players, one pond." in empty.text
    assert page(empty).select_one("[role=alert] a[href='#criterion-3']")
    assert idea(session, amaras).status is Status.SUBMITTED


def test_a_stale_offer_keeps_the_edits(app: Flask, teacher: FlaskClient, amaras: int, session: Session) -> None:
    with writing(app):
        there = db.session.get_one(Proposal, amaras)
        there.withdraw(there.choice.student, NOON)
    answer = press(teacher, f"/proposals/{amaras}/offer", version="1", reply="Words", **EDITED)
    assert answer.status_code == 409
    assert "Amara withdrew this idea" in words(answer)
    assert "Two players, one pond." in answer.text
    assert len(idea(session, amaras).versions) == 1


# Who


def test_assistants_answer_too_but_do_not_design(
    cast: Cast, signed_in: SignedIn, amaras: int, session: Session, queue: str
) -> None:
    assistant = signed_in(cast.assistant)
    tabs = [a.get_text(" ", strip=True).split()[0] for a in page(assistant.get(queue)).select("#tabs a")]
    assert tabs == ["Waiting", "Class"]
    assert press(assistant, decision(amaras), version="1", decision="accept").status_code == 303
    assert idea(session, amaras).decisions[0].by_id == cast.assistant.id


@pytest.mark.parametrize(
    "who", ["student", "classmate", "designer", "observer", "other_teacher", "other_school_teacher"]
)
def test_nobody_else_sees_or_answers(
    cast: Cast, signed_in: SignedIn, amaras: int, session: Session, queue: str, who: str
) -> None:
    client = signed_in(getattr(cast, who))
    for address in (queue, f"{queue}/next", decision(amaras), f"/proposals/{amaras}/offer"):
        assert client.get(address).status_code == 403, address
    for address in (decision(amaras), f"/proposals/{amaras}/offer"):
        assert press(client, address, version="1", decision="accept", **EDITED).status_code == 403
    assert idea(session, amaras).status is Status.SUBMITTED


def test_a_draft_is_the_students_own(app: Flask, cast: Cast, teacher: FlaskClient, activity_id: int) -> None:
    with writing(app):
        proposal = talking.draft(activity_id, cast.student.id)
    assert teacher.get(decision(proposal)).status_code == 404
    assert press(teacher, decision(proposal), version="1", decision="accept").status_code == 404


def test_a_press_without_its_token_changes_nothing(teacher: FlaskClient, amaras: int, session: Session) -> None:
    token(teacher)
    assert teacher.post(decision(amaras), data={"version": "1", "decision": "accept"}).status_code == 400
    assert idea(session, amaras).status is Status.SUBMITTED


def test_next_leads_to_the_first_of_all(
    app: Flask, teacher: FlaskClient, queue: str, cast: Cast, activity_id: int
) -> None:
    assert teacher.get(f"{queue}/next").location == queue
    with writing(app):
        work = hand_in(activity_id, cast.classmate.id)
    assert teacher.get(f"{queue}/next").location == f"/submissions/{work}/grade"
    with writing(app):
        proposal = talking.sent(activity_id, cast.student.id)
    assert teacher.get(f"{queue}/next").location == decision(proposal)


def test_nothing_of_a_student_becomes_markup(
    app: Flask, cast: Cast, teacher: FlaskClient, activity_id: int, queue: str
) -> None:
    evil = "<script>alert(1)</script>"
    with writing(app):
        proposal = talking.sent(
            activity_id, cast.student.id, Words(evil, evil, evil, evil, {1: evil, 2: evil, 3: evil})
        )
        assert choice_of(activity_id, cast.student.id).student.name == "Amara Diallo"
    for address in (queue, decision(proposal), f"/proposals/{proposal}/offer"):
        assert "<script>alert" not in teacher.get(address).text
