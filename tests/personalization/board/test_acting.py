"""What staff do about one student: more time, a way, an excuse, a word; who may, and what comes back if it can't be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import db
from personalization.choice.message import Message
from personalization.choice.model import Choice, Rule, Way
from personalization.people.model import Person, PersonSection
from personalization.proposal.model import Proposal, Status, Words
from personalization.proposal.starting import begin_idea
from personalization.submission.model import Submission
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import activity_of, choice_of, hand_in, pick
from tests.personalization.pressing import look, page_of, press, text_of

SignedIn = Callable[[Member], FlaskClient]
DAY = timedelta(days=1)
WHY = "You two agreed on it in class."
TEACHERS_ONLY = ["extension", "placement", "excuse", "inclusion", "draft-taking", "zero"]
ANSWERERS = ["messages", "help-done"]


@pytest.fixture
def choice_id(app: Flask, cast: Cast, activity_id: int) -> int:
    with app.app_context():
        return choice_of(activity_id, cast.student.id).id


def the(choice_id: int) -> Choice:
    return db.session.get_one(Choice, choice_id)


def verbs(choice_id: int) -> list[str]:
    return [event.verb for event in the(choice_id).events]


def send_idea(choice: Choice) -> Proposal:
    idea = begin_idea(choice, [], choice.student, NOON)
    db.session.add(idea)
    idea.submit(Words(title="A card game", plan="Cards", lines={1: "a", 2: "b", 3: "c"}), choice.activity.criteria,
                choice.student, NOON)  # fmt: skip
    db.session.flush()
    return idea


@pytest.mark.parametrize("act", TEACHERS_ONLY)
@pytest.mark.parametrize("who", ["assistant", "student", "classmate", "designer", "observer", "other_teacher"])
def test_only_a_teacher_of_the_course_decides(
    app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn, act: str, who: str
) -> None:
    answer = press(signed_in(getattr(cast, who)), f"/choices/{choice_id}/{act}", {"reason": WHY, "days": "2"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    with app.app_context():
        assert verbs(choice_id) == ["made"]


@pytest.mark.parametrize("act", ANSWERERS)
@pytest.mark.parametrize("who", ["student", "classmate", "designer", "observer", "other_teacher"])
def test_only_who_answers_there_writes(
    app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn, act: str, who: str
) -> None:
    answer = press(signed_in(getattr(cast, who)), f"/choices/{choice_id}/{act}", {"text": "Hello"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    with app.app_context():
        assert verbs(choice_id) == ["made"]


def test_an_assistant_of_another_section_sees_and_writes_nothing(
    app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        limited = db.session.get_one(Person, cast.assistant.id)
        limited.sees_only_sections, limited.in_sections = True, [PersonSection(section="red")]
    assistant = signed_in(cast.assistant)
    assert look(assistant, f"/choices/{choice_id}").status_code == HTTPStatus.FORBIDDEN
    answer = press(assistant, f"/choices/{choice_id}/messages", {"text": "Hello"})
    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_two_days_more_for_the_way_and_the_same_press_twice_gives_them_once(
    app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn
) -> None:
    teacher = signed_in(cast.teacher)
    with app.app_context():
        before = the(choice_id).pick_by
        had = {f"had_{n}": getattr(the(choice_id), n).isoformat() for n in ("propose_by", "accept_by", "pick_by")}
    assert before is not None
    for _time in range(2):
        answer = press(teacher, f"/choices/{choice_id}/extension", {"days": "2", "reason": "Was away.", **had})
        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert answer.location == f"/choices/{choice_id}"
    with app.app_context():
        assert the(choice_id).pick_by == before + 2 * DAY
        assert verbs(choice_id) == ["made", "extended"]
        assert the(choice_id).events[-1].detail["reason"] == "Was away."


def test_on_a_way_the_time_is_for_the_work(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        before = pick(activity_id, cast.student.id).work_due
    answer = press(signed_in(cast.teacher), f"/choices/{choice_id}/extension", {"days": "1", "back": "class"})
    assert answer.location == f"/activities/{activity_id}"
    with app.app_context():
        assert before is not None
        assert the(choice_id).work_due == before + DAY


def test_days_of_ones_own_are_on_the_clock_of_the_course(
    app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn
) -> None:
    fields = {"days": "own", "work_due": "2026-12-20T15:00"}
    assert press(signed_in(cast.teacher), f"/choices/{choice_id}/extension", fields).status_code == HTTPStatus.SEE_OTHER
    with app.app_context():
        due = the(choice_id).work_due
        assert due is not None
        assert due.isoformat() == "2026-12-20T21:00:00+00:00"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"days": "own", "work_due": "2026-11-12T15:00"}, "These dates are not later"),
        ({"days": "own"}, "Name a day for at least one date."),
        ({"days": "0"}, "Pick how much more time."),
        ({"days": "9999"}, "Pick how much more time."),
        ({"days": "own", "work_due": "soon"}, "Pick a day and a time."),
        ({"days": "2", "reason": "a\0b"}, "Something in here is no text."),
        ({"days": "2", "reason": "x" * 2001}, "This is too long."),
    ],
)
def test_what_is_no_later_time_comes_back_with_what_was_typed(
    app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn, fields: dict[str, str], said: str
) -> None:
    answer = press(signed_in(cast.teacher), f"/choices/{choice_id}/extension", {"reason": "Was away.", **fields})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in answer.text
    if "reason" not in fields:
        assert "Was away." in answer.text
    with app.app_context():
        assert verbs(choice_id) == ["made"]


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00+00:00", "2999-12-31T23:59:00+00:00", "9999-12-31T23:59:00-14:00"])
def test_a_page_that_shows_dates_of_no_calendar_moves_none_there(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn, end: str
) -> None:
    with writing(app):
        pick(activity_id, cast.student.id)
    teacher, sent = signed_in(cast.teacher), {"days": "2", "had_work_due": end, "reason": WHY}
    answer = press(teacher, f"/choices/{choice_id}/extension", sent)
    assert answer.status_code in {HTTPStatus.SEE_OTHER, HTTPStatus.UNPROCESSABLE_ENTITY}
    with app.app_context():
        due = the(choice_id).work_due
        assert due is not None
        assert due <= NOON + 22 * DAY
    assert look(teacher, f"/choices/{choice_id}").status_code == HTTPStatus.OK


def test_an_idea_whose_time_ran_out_is_opened_again(
    app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        choice = the(choice_id)
        idea = send_idea(choice)
        idea.expire("silence", NOON)
        choice.place_by_rule(choice.activity.designed_options[0], Rule.DEFAULT, NOON)
    press(signed_in(cast.teacher), f"/choices/{choice_id}/extension", {"days": "7", "revive": "yes"})
    with app.app_context():
        (idea,) = db.session.scalars(select(Proposal)).all()
        assert idea.status is Status.SUBMITTED
        assert the(choice_id).option is None
        assert verbs(choice_id)[-1] == "idea revived"


def test_placing_ends_what_stood_in_its_way_and_needs_a_reason(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        send_idea(the(choice_id))
        option_id = activity_of(activity_id).designed_options[1].id
    teacher, address = signed_in(cast.teacher), f"/choices/{choice_id}/placement"
    answer = press(teacher, address, {"option": str(option_id), "reason": " "})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Amara needs a reason" in answer.text
    for _time in range(2):
        assert press(teacher, address, {"option": str(option_id), "reason": WHY}).status_code == HTTPStatus.SEE_OTHER
    with app.app_context():
        choice = the(choice_id)
        assert (choice.option_id, choice.way) == (option_id, Way.PLACED)
        assert db.session.scalars(select(Proposal.status)).all() == [Status.WITHDRAWN]
        assert sorted(verbs(choice_id)[-2:]) == ["placed", "withdrew idea"]


def test_a_full_way_takes_nobody_unless_the_teacher_says_so(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        option = pick(activity_id, cast.classmate.id).option
        assert option is not None
        option.capacity, option_id = 1, option.id
    teacher, address = signed_in(cast.teacher), f"/choices/{choice_id}/placement"
    fields = {"option": str(option_id), "reason": WHY}
    answer = press(teacher, address, {**fields, "anyway": "no"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Field poster is full" in answer.text
    assert WHY in answer.text
    assert press(teacher, address, {**fields, "anyway": ["no", "yes"]}).status_code == HTTPStatus.SEE_OTHER
    with app.app_context():
        assert the(choice_id).option_id == option_id


def test_who_handed_in_is_neither_placed_nor_given_time(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        hand_in(activity_id, cast.student.id)
        option_id = activity_of(activity_id).designed_options[1].id
    teacher = signed_in(cast.teacher)
    answers = [
        press(teacher, f"/choices/{choice_id}/placement", {"option": str(option_id), "reason": WHY}),
        press(teacher, f"/choices/{choice_id}/extension", {"days": "2", "reason": WHY}),
    ]
    for answer in answers:
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Amara has handed this in" in answer.text


def test_who_is_excused_is_not_placed(app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn) -> None:
    with writing(app):
        the(choice_id).excuse(WHY, db.session.get_one(Person, cast.teacher.id), NOON)
        option = the(choice_id).activity.designed_options[0].id
    sent = {"option": str(option), "reason": WHY}
    answer = press(signed_in(cast.teacher), f"/choices/{choice_id}/placement", sent)
    assert answer.status_code == HTTPStatus.CONFLICT
    with app.app_context():
        assert the(choice_id).option is None


def test_an_option_of_another_activity_is_not_offered(
    app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        other = activity_of(make_activity(cast.course_id, cast.teacher.id, "Light")).designed_options[0].id
    teacher = signed_in(cast.teacher)
    for option in (str(other), "", "²", "9" * 40):
        answer = press(teacher, f"/choices/{choice_id}/placement", {"option": option, "reason": WHY})
        assert answer.status_code == HTTPStatus.CONFLICT
        assert WHY in answer.text


@pytest.mark.parametrize("act", ["extension", "placement", "excuse", "draft-taking", "zero", "messages"])
def test_nothing_is_decided_about_who_has_left(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn, act: str
) -> None:
    with writing(app):
        db.session.get_one(Person, cast.student.id).left_at = NOON
        option_id = activity_of(activity_id).designed_options[0].id
    fields = {"days": "2", "reason": WHY, "option": str(option_id), "text": WHY}
    answer = press(signed_in(cast.teacher), f"/choices/{choice_id}/{act}", fields)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Amara has left the course" in answer.text
    with app.app_context():
        assert verbs(choice_id) == ["made"]


def test_excusing_and_taking_back_each_once(app: Flask, cast: Cast, choice_id: int, signed_in: SignedIn) -> None:
    teacher = signed_in(cast.teacher)
    assert press(teacher, f"/choices/{choice_id}/excuse", {"reason": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for _time in range(2):
        assert press(teacher, f"/choices/{choice_id}/excuse", {"reason": WHY}).status_code == HTTPStatus.SEE_OTHER
    soup = page_of(teacher, f"/choices/{choice_id}")
    assert "Excused" in text_of(soup, ".board .state")
    assert "type EX" in soup.text  # how it is done in Canvas
    for _time in range(2):
        assert press(teacher, f"/choices/{choice_id}/inclusion").status_code == HTTPStatus.SEE_OTHER
    with app.app_context():
        assert verbs(choice_id) == ["made", "excused", "included again"]


def test_an_answer_goes_to_the_student_and_lowers_their_hand(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn
) -> None:
    student, assistant = signed_in(cast.student), signed_in(cast.assistant)
    asked = press(student, f"/activities/{activity_id}/messages", {"text": "Where does the 90 % go?"})
    assert asked.status_code == HTTPStatus.SEE_OTHER
    assert "Asks for help" in text_of(page_of(assistant, f"/choices/{choice_id}"), ".board")
    empty = press(assistant, f"/choices/{choice_id}/messages", {"text": ""})
    assert empty.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    answer = press(assistant, f"/choices/{choice_id}/messages", {"text": "Into heat.", "back": "live"})
    assert answer.location == f"/activities/{activity_id}/live"
    soup = page_of(student, f"/activities/{activity_id}/messages")
    assert "Into heat." in text_of(soup, ".thread")
    assert text_of(soup, "h1") == "Ask for help"
    with app.app_context():
        assert verbs(choice_id)[-2:] == ["asked for help", "help answered"]


def test_help_is_settled_without_a_word_by_either_side(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn
) -> None:
    student, teacher = signed_in(cast.student), signed_in(cast.teacher)
    press(student, f"/activities/{activity_id}/messages", {"text": ""})
    assert text_of(page_of(student, f"/activities/{activity_id}/messages"), "h1") == "Your hand is up"
    press(student, f"/activities/{activity_id}/messages/settled")
    press(student, f"/activities/{activity_id}/messages", {"text": "Again"})
    for _time in range(2):
        assert press(teacher, f"/choices/{choice_id}/help-done").status_code == HTTPStatus.SEE_OTHER
    with app.app_context():
        assert not any(db.session.scalars(select(Message.waits)))


def test_a_student_reads_only_their_own_thread(
    cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn
) -> None:
    press(signed_in(cast.student), f"/activities/{activity_id}/messages", {"text": "A private worry"})
    assert "A private worry" not in look(signed_in(cast.classmate), f"/activities/{activity_id}/messages").text
    for who in (cast.teacher, cast.observer, cast.other_teacher):
        assert look(signed_in(who), f"/activities/{activity_id}/messages").status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(("text", "status"), [("x" * 2001, 422), ("a\0b", 422), ("\ud83d", 422)])
def test_a_message_that_cannot_be_kept(
    app: Flask, cast: Cast, activity_id: int, choice_id: int, signed_in: SignedIn, text: str, status: int
) -> None:
    fields: dict[str, Any] = {"text": text.encode("utf-8", "surrogatepass") if "\ud83d" in text else text}
    addresses = {cast.student: f"/activities/{activity_id}/messages", cast.teacher: f"/choices/{choice_id}/messages"}
    for who, address in addresses.items():
        answer = press(signed_in(who), address, fields)
        assert answer.status_code in {status, HTTPStatus.SEE_OTHER if "\ud83d" in text else status}
    with app.app_context():
        assert all("\ud83d" not in message for message in db.session.scalars(select(Message.text)))


CLOSED = NOON + 30 * DAY


@pytest.fixture
def closed(app: Flask, cast: Cast, activity_id: int, choice_id: int) -> int:
    """On a way, with nothing handed in at the lock."""
    with writing(app):
        choice = pick(activity_id, cast.student.id)
        choice.lock = NOON + 25 * DAY
        choice.activity.lock = NOON + 25 * DAY
    return choice_id


def save(choice_id: int) -> None:
    go = Submission.start(the(choice_id), None, NOON)
    db.session.add(go)
    go.save("Half a poster", "", NOON)


def test_the_saved_draft_is_taken_late_once_and_not_read_before(
    app: Flask, cast: Cast, closed: int, signed_in: SignedIn
) -> None:
    with writing(app):
        save(closed)
    teacher = signed_in(cast.teacher)
    early = press(teacher, f"/choices/{closed}/draft-taking")
    assert early.status_code == HTTPStatus.CONFLICT
    assert "Amara can still hand this in" in early.text
    page = look(teacher, f"/choices/{closed}", now=CLOSED)
    assert "Take the saved draft" in page.text
    assert "Half a poster" not in page.text
    for _time in range(2):
        answer = press(teacher, f"/choices/{closed}/draft-taking", now=CLOSED)
        assert answer.status_code == HTTPStatus.SEE_OTHER
    with app.app_context():
        (go,) = db.session.scalars(select(Submission)).all()
        assert (go.handed_in_at, go.late, go.is_nothing) == (CLOSED, True, False)
        assert verbs(closed)[-1] == "draft taken"
        assert the(closed).is_handed_in


def test_a_zero_is_ready_never_released_by_itself_and_leaves_like_any_grade(
    app: Flask, cast: Cast, activity_id: int, closed: int, signed_in: SignedIn
) -> None:
    teacher, address = signed_in(cast.teacher), f"/choices/{closed}/zero"
    assert press(teacher, address, {"reason": WHY}).status_code == HTTPStatus.CONFLICT
    assert press(teacher, address, {"reason": ""}, now=CLOSED).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for _time in range(2):
        assert press(teacher, address, {"reason": WHY}, now=CLOSED).status_code == HTTPStatus.SEE_OTHER
    student = signed_in(cast.student)
    shown = look(student, f"/activities/{activity_id}/submission", now=CLOSED)
    assert "Nothing was handed in" in shown.text
    assert "0" not in text_of(page_of(student, f"/courses/{cast.course_id}/mine"), ".board")
    soup = page_of(teacher, f"/choices/{closed}")
    assert "Zero, ready to release" in text_of(soup, ".board .state")
    with app.app_context():
        go = db.session.scalars(select(Submission)).one()
        assert go.is_nothing
    press(teacher, f"/activities/{activity_id}/releases", {}, now=CLOSED)
    with app.app_context():
        assert verbs(closed)[-1] in {"noted as nothing handed in", "released"}


def test_where_something_is_saved_there_is_no_zero(app: Flask, cast: Cast, closed: int, signed_in: SignedIn) -> None:
    with writing(app):
        save(closed)
    answer = press(signed_in(cast.teacher), f"/choices/{closed}/zero", {"reason": WHY}, now=CLOSED)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Amara has saved something" in answer.text
    assert WHY in answer.text


def test_more_time_opens_it_again(app: Flask, cast: Cast, closed: int, signed_in: SignedIn) -> None:
    assert press(signed_in(cast.teacher), f"/choices/{closed}/extension", {"days": "3"}, now=CLOSED).status_code == 303
    with app.app_context():
        assert not the(closed).is_locked(CLOSED)
