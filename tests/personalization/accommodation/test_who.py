"""Who may read an arrangement, and that each look is noted before anything is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import db
from lti.models.platform import Platform
from personalization.accommodation.finding import accommodation_of
from personalization.accommodation.model import Accommodation, Look
from personalization.people.model import Course, Person, PersonSection, Role
from tests.cast import NOON, Cast, Member, make_person, member, writing
from tests.personalization.accommodation.arranging import AUDIO, arrange, look, looks, page, save
from tests.personalization.pressing import look as see
from tests.personalization.pressing import page_of, press, text_of

SignIn = Callable[[Member], FlaskClient]
STRANGERS = ("assistant", "designer", "observer", "student", "classmate", "other_teacher", "other_school_teacher")


@pytest.fixture
def theirs(app: Flask, cast: Cast) -> int:
    """Amara has something arranged, which only teachers know besides her."""
    with writing(app):
        return arrange(cast.student, cast.teacher)


def my_page(cast: Cast, student: Member | None = None) -> str:
    return f"/courses/{cast.course_id}/my-arrangements" + (f"?student={student.id}" if student else "")


def list_of(cast: Cast) -> str:
    return f"/courses/{cast.course_id}/accommodations"


def show_to(accommodation_id: int, *people: Member) -> None:
    db.session.get_one(Accommodation, accommodation_id).shown_to = [person.id for person in people]


def limit_to(person: Member, *sections: str, limited: bool = True) -> None:
    one = db.session.get_one(Person, person.id)
    one.sees_only_sections = limited
    db.session.add_all(PersonSection(person_id=one.id, section=name) for name in sections)


# The student


def test_a_student_reads_their_own_and_no_look_is_noted(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    shown = text_of(page_of(signed_in(cast.student), my_page(cast)), "main")
    for words in ("Your arrangements", "2 more days", AUDIO, "Adaeze Okafor"):
        assert words in shown
    with app.app_context():
        assert looks() == []


@pytest.mark.usefixtures("theirs")
def test_a_classmate_reads_only_that_they_have_none(cast: Cast, signed_in: SignIn) -> None:
    noor = signed_in(cast.classmate)
    for address in (my_page(cast), my_page(cast, cast.student)):  # what else an address says is nothing to a student
        shown = see(noor, address).text
        assert "Nothing special is arranged for you" in shown
        assert AUDIO not in shown


def test_a_student_sees_who_knows_it(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    with writing(app):
        show_to(theirs, cast.assistant)
    assert "Also Ben Ito." in text_of(page_of(signed_in(cast.student), my_page(cast)), "main")


# Teachers


def test_a_teacher_presses_first_and_the_look_is_noted(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    teacher = signed_in(cast.teacher)
    assert AUDIO not in see(teacher, page(cast.student)).text
    answer = look(teacher, cast.student)
    assert (answer.status_code, answer.location) == (303, page(cast.student))
    assert AUDIO in see(teacher, page(cast.student)).text
    look(teacher, cast.student)  # the same press twice, and a page opened again, are one look
    with app.app_context():
        assert looks() == [(cast.teacher.id, "page")]
    with writing(app):
        one = db.session.scalars(select(Look)).one()
        assert (one.accommodation_id, one.at) == (theirs, NOON)


@pytest.mark.usefixtures("theirs")
def test_a_saved_page_is_a_look_too(app: Flask, cast: Cast, signed_in: SignIn) -> None:
    """A page that was sent without a look shows what holds when it is refused."""
    answer = save(signed_in(cast.teacher), cast.student, seen="0")
    assert answer.status_code == 409
    assert AUDIO in answer.text
    with app.app_context():
        assert looks() == [(cast.teacher.id, "page")]


def test_the_list_is_a_look_at_each(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    with writing(app):
        arrange(cast.classmate, cast.teacher, goals="Speaks once in class.")
    teacher = signed_in(cast.teacher)
    closed = see(teacher, list_of(cast)).text
    assert AUDIO not in closed
    assert "2 students have something arranged." in closed
    assert press(teacher, f"{list_of(cast)}/looks").status_code == 303
    shown = see(teacher, list_of(cast)).text
    assert AUDIO in shown
    assert "Speaks once in class." in shown
    with app.app_context():
        assert looks() == [(cast.teacher.id, "list")] * 2


def test_the_list_of_nobody_says_so(cast: Cast, signed_in: SignIn) -> None:
    shown = text_of(page_of(signed_in(cast.teacher), list_of(cast)), "main")
    assert "Nothing is arranged for anyone." in shown
    assert "Amara Diallo" in shown  # to begin with


def test_an_ended_one_is_not_on_the_list(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    with writing(app):
        db.session.get_one(Accommodation, theirs).ended_at = NOON
    assert "Nothing is arranged" in see(signed_in(cast.teacher), list_of(cast)).text
    assert "Nothing special" in see(signed_in(cast.student), my_page(cast)).text


# Assistants


def test_an_assistant_who_is_named_reads_and_does_not_write(
    app: Flask, cast: Cast, theirs: int, signed_in: SignIn
) -> None:
    with writing(app):
        show_to(theirs, cast.assistant)
    ben = signed_in(cast.assistant)
    assert AUDIO not in see(ben, page(cast.student)).text
    look(ben, cast.student)
    shown = see(ben, page(cast.student))
    assert AUDIO in shown.text
    assert "textarea" not in shown.text
    assert AUDIO in see(ben, list_of(cast)).text
    assert save(ben, cast.student, seen="1").status_code == 403
    assert press(ben, f"{page(cast.student)}/ending", {"seen": "1"}).status_code == 403
    assert see(ben, f"{page(cast.student)}/looks").status_code == 403
    assert see(ben, page(cast.classmate)).status_code == 403
    with app.app_context():
        assert looks() == [(cast.assistant.id, "page")]


def test_an_assistant_named_once_but_not_any_more_is_refused(
    app: Flask, cast: Cast, theirs: int, signed_in: SignIn
) -> None:
    with writing(app):
        show_to(theirs, cast.assistant)
    ben = signed_in(cast.assistant)
    look(ben, cast.student)
    with writing(app):
        show_to(theirs)
    assert see(ben, page(cast.student)).status_code == 403
    assert see(ben, list_of(cast)).status_code == 403


def test_a_named_assistant_of_another_section_is_refused(
    app: Flask, cast: Cast, theirs: int, signed_in: SignIn
) -> None:
    with writing(app):
        show_to(theirs, cast.assistant)
        limit_to(cast.assistant, "Section A")
        limit_to(cast.student, "Section B", limited=False)
    ben = signed_in(cast.assistant)
    for answer in (see(ben, page(cast.student)), look(ben, cast.student), see(ben, list_of(cast))):
        assert answer.status_code == 403
    with app.app_context():
        assert looks() == []


def test_a_teacher_of_one_section_sees_and_writes_only_there(
    app: Flask, cast: Cast, theirs: int, signed_in: SignIn
) -> None:
    with writing(app):
        limit_to(cast.teacher, "Section A")
        limit_to(cast.classmate, "Section A", limited=False)
    teacher = signed_in(cast.teacher)
    assert save(teacher, cast.student).status_code == 403
    assert "Amara" not in see(teacher, list_of(cast)).text
    assert press(teacher, f"{list_of(cast)}/looks").status_code == 303
    with app.app_context():
        assert looks() == []
    assert save(teacher, cast.classmate).status_code == 303


# Everyone else


@pytest.mark.parametrize("kind", STRANGERS)
@pytest.mark.usefixtures("theirs")
def test_nobody_else_reads_or_writes(app: Flask, cast: Cast, signed_in: SignIn, kind: str) -> None:
    browser = signed_in(getattr(cast, kind))
    answers = [
        see(browser, page(cast.student)),
        save(browser, cast.student),
        press(browser, f"{page(cast.student)}/ending", {"seen": "1"}),
        see(browser, f"{page(cast.student)}/looks"),
        see(browser, list_of(cast)),
        press(browser, f"{list_of(cast)}/looks"),
    ]
    if kind != "observer":  # of Amara: an own page, below
        answers.append(look(browser, cast.student))
    assert {answer.status_code for answer in answers} == {403}
    assert all(AUDIO not in answer.text for answer in answers)
    with app.app_context():
        assert looks() == []
        kept = accommodation_of(cast.student.id)
        assert kept is not None
        assert (kept.row_version, kept.in_force) == (1, True)


@pytest.mark.parametrize("kind", ["teacher", "assistant", "designer", "other_teacher"])
@pytest.mark.usefixtures("theirs")
def test_the_student_s_page_is_for_students_and_observers(cast: Cast, signed_in: SignIn, kind: str) -> None:
    assert see(signed_in(getattr(cast, kind)), my_page(cast, cast.student)).status_code == 403


def test_an_administrator_reads_nothing(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        ada = member(
            make_person(course, "Ada Root", Role.ADMINISTRATOR), db.session.get_one(Platform, cast.teacher.platform_id)
        )
    browser = signed_in(ada)
    for address in (page(cast.student), list_of(cast), my_page(cast), f"{page(cast.student)}/looks"):
        assert see(browser, address).status_code == 403


def test_a_browser_without_a_launch_is_told_nothing(app: Flask, cast: Cast, theirs: int) -> None:
    for address in (page(cast.student), page(cast.classmate), list_of(cast), my_page(cast)):
        assert see(app.test_client(), address).status_code == 401


# Observers


def test_an_observer_opens_that_of_their_student_and_it_is_noted(
    app: Flask, cast: Cast, theirs: int, signed_in: SignIn
) -> None:
    olu = signed_in(cast.observer)
    for address in (my_page(cast), my_page(cast, cast.student)):  # the only one there is
        assert AUDIO not in see(olu, address).text
    answer = look(olu, cast.student)
    assert (answer.status_code, answer.location) == (303, my_page(cast, cast.student))
    shown = see(olu, my_page(cast, cast.student)).text
    assert AUDIO in shown
    assert "you can’t change it" in shown
    with app.app_context():
        assert looks() == [(cast.observer.id, "observer")]


def test_an_observer_is_refused_that_of_another_s_student(app: Flask, cast: Cast, signed_in: SignIn) -> None:
    with writing(app):
        arrange(cast.classmate, cast.teacher)
    olu = signed_in(cast.observer)
    assert look(olu, cast.classmate).status_code == 403
    for student in (str(cast.classmate.id), "987654", "x", "%00", "9" * 400):
        assert see(olu, f"/courses/{cast.course_id}/my-arrangements?student={student}").status_code == 403
    with app.app_context():
        assert looks() == []


def test_an_observer_of_two_says_whose(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    with writing(app):
        db.session.get_one(Person, cast.observer.id).mentees = ["sub-Amara Diallo", "sub-Noor Haddad"]
    olu = signed_in(cast.observer)
    shown = page_of(olu, my_page(cast))
    assert [a["href"] for a in shown.select("main li a")] == [
        my_page(cast, cast.student),
        my_page(cast, cast.classmate),
    ]
    assert "Nothing special is arranged for Noor" in see(olu, my_page(cast, cast.classmate)).text


def test_who_observes_no_more_reads_no_more(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    olu = signed_in(cast.observer)
    look(olu, cast.student)
    with writing(app):
        db.session.get_one(Person, cast.observer.id).mentees = []
    assert see(olu, my_page(cast, cast.student)).status_code == 403
    assert "has not told us" in see(olu, my_page(cast)).text


# The record of looks


def test_teachers_read_who_looked_and_not_what_is_arranged(
    app: Flask, cast: Cast, theirs: int, signed_in: SignIn
) -> None:
    with writing(app):
        show_to(theirs, cast.assistant)
    look(signed_in(cast.assistant), cast.student)
    look(signed_in(cast.observer), cast.student)
    teacher = signed_in(cast.teacher)
    shown = see(teacher, f"{page(cast.student)}/looks").text
    for words in ("Ben Ito", "assistant", "Olu Diallo", "on the page for observers"):
        assert words in shown
    assert AUDIO not in shown
    with app.app_context():
        assert len(looks()) == 2  # reading the record is no look


def test_a_long_record_comes_in_pages(app: Flask, cast: Cast, theirs: int, signed_in: SignIn) -> None:
    with writing(app):
        for n in range(51):
            at = NOON - timedelta(days=n + 1)
            db.session.add(Look(accommodation_id=theirs, by_id=cast.observer.id, at=at, page="observer"))
    teacher, address = signed_in(cast.teacher), f"{page(cast.student)}/looks"
    assert len(page_of(teacher, address).select("[aria-labelledby=looks] li")) == 50
    assert len(page_of(teacher, f"{address}?page=2").select("[aria-labelledby=looks] li")) == 1
    for odd in ("0", "-1", "x", "²", "9" * 300, "3"):
        assert see(teacher, f"{address}?page={odd}").status_code == 200


def test_a_record_of_nothing_says_so(cast: Cast, signed_in: SignIn) -> None:
    assert "Nothing was ever arranged." in see(signed_in(cast.teacher), f"{page(cast.student)}/looks").text
