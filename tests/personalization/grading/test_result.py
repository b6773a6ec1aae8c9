"""What a student sees of their grade, and what they must not see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import clock
from engine.db import db
from lti.models.score import Delivery, OutgoingScore
from personalization.activity.model import Activity
from personalization.grading import gradebook
from personalization.grading.model import Grade
from personalization.people.model import Person
from personalization.submission.model import Submission
from personalization.submission.receiving import hand_back
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.work import goes, pick, press, words

DAY = timedelta(days=1)
SignIn = Callable[[Member], FlaskClient]


@pytest.fixture
def choice_id(app: Flask, cast: Cast, activity_id: int) -> int:
    return pick(app, activity_id, cast.student)


@pytest.fixture
def work(choice_id: int, activity_id: int) -> str:
    return f"/activities/{activity_id}/submission"


@pytest.fixture
def amara(signed_in: SignIn, cast: Cast) -> FlaskClient:
    return signed_in(cast.student)


@pytest.fixture
def look(amara: FlaskClient, activity_id: int) -> Callable[[], str]:
    """What Amara's result page says two days on."""

    def page() -> str:
        with clock.at(NOON + 2 * DAY):
            response = amara.get(f"/activities/{activity_id}/grade")
        assert response.status_code == 200
        return words(response)

    return page


@pytest.fixture
def mark(app: Flask, cast: Cast, choice_id: int) -> Callable[..., None]:
    """Marks the newest go; `levels` of the three criteria."""

    def marked(*levels: int, comment: str = "Well done", release: bool = True, adjustment: int = 0) -> None:
        newest = goes(app, choice_id)[-1]["id"]
        with writing(app):
            teacher = db.session.get_one(Person, cast.teacher.id)
            go = db.session.get_one(Submission, newest)
            grade = db.session.scalar(select(Grade).where(Grade.submission_id == go.id))
            grade = grade or Grade.begin(go, go.choice.activity.rubric, teacher, NOON)
            db.session.add(grade)
            why = "A very neat hand" if adjustment else ""
            grade.mark(dict(enumerate(levels, 1)), comment, teacher, NOON + DAY, Decimal(adjustment), why)
            grade.make_ready()
            if release and (shown := grade.release(teacher, NOON + DAY)):
                db.session.flush()
                gradebook.release(shown)

    return marked


@pytest.fixture
def handed_in(amara: FlaskClient, work: str) -> None:
    press(amara, work, text="My **poster**", do="hand-in")


def withdraw(app: Flask, cast: Cast, choice_id: int) -> None:
    with writing(app):
        grades = select(Grade).join(Submission).where(Submission.choice_id == choice_id).order_by(Grade.id.desc())
        grade = db.session.scalars(grades).first()
        assert grade is not None
        grade.withdraw(db.session.get_one(Person, cast.teacher.id), NOON + DAY)


# Nothing to see yet


def test_before_any_work_the_work_comes_first(amara: FlaskClient, work: str, activity_id: int) -> None:
    response = amara.get(f"/activities/{activity_id}/grade")
    assert (response.status_code, response.location) == (303, work)


def test_a_draft_has_no_result(amara: FlaskClient, work: str, look: Callable[[], str]) -> None:
    press(amara, work, text="Half", do="save")
    assert "Your work is still with you" in look()


@pytest.mark.usefixtures("handed_in")
def test_what_is_not_released_is_not_shown(look: Callable[[], str], mark: Callable[..., None]) -> None:
    assert "It is being looked at" in look()
    mark(4, 3, 2, comment="Between us teachers", release=False)
    page = look()
    assert "No result yet" in page
    assert "Between us teachers" not in page
    assert "of 100 points" not in page


# Released


@pytest.mark.usefixtures("handed_in")
def test_a_release_shows_points_levels_and_words(look: Callable[[], str], mark: Callable[..., None]) -> None:
    mark(4, 3, 2, comment="I read it <twice>")
    page = look()
    assert '<span class="big num own-ink">75</span> <span class="ask">of 100 points</span>' in page
    assert "4 Goes further." in page
    assert "Gives reasons that fit, from what was learned." in page
    assert "2 Getting there." in page
    assert "“I read it &lt;twice&gt;”" in page
    assert "You got there: Field poster" in page
    assert "My <strong>poster</strong>" in page
    assert "20 days early" in page


@pytest.mark.usefixtures("handed_in")
def test_an_adjustment_comes_with_its_reason(look: Callable[[], str], mark: Callable[..., None]) -> None:
    mark(3, 3, 3, adjustment=-2)
    assert "−2 points:</strong> A very neat hand" in look()


@pytest.mark.usefixtures("handed_in")
def test_practice_shows_levels_without_points(
    app: Flask, activity_id: int, look: Callable[[], str], mark: Callable[..., None]
) -> None:
    with writing(app):
        db.session.get_one(Activity, activity_id).graded = False
    mark(4, 3, 2)
    page = look()
    assert "of 100 points" not in page
    assert "4 Goes further." in page
    assert "Canvas" not in page


@pytest.mark.usefixtures("handed_in")
def test_work_on_new_marks_stays_unseen(look: Callable[[], str], mark: Callable[..., None]) -> None:
    mark(2, 2, 2, comment="First words")
    mark(4, 4, 4, comment="Second thoughts", release=False)
    page = look()
    assert "First words" in page
    assert "Second thoughts" not in page
    mark(4, 4, 4, comment="Second thoughts")
    page = look()
    assert "Second thoughts" in page
    assert "First words" not in page
    assert ">100</span>" in page


@pytest.mark.usefixtures("handed_in")
def test_a_release_taken_back_is_gone(
    app: Flask, cast: Cast, choice_id: int, look: Callable[[], str], mark: Callable[..., None]
) -> None:
    mark(2, 2, 2, comment="First words")
    mark(3, 3, 3, comment="Second words")
    withdraw(app, cast, choice_id)
    page = look()
    assert "No result yet" in page
    assert "words" not in page.replace("Your words", "")


@pytest.mark.usefixtures("handed_in")
def test_a_returned_go_keeps_its_grade_until_the_next_one(
    app: Flask,
    cast: Cast,
    amara: FlaskClient,
    work: str,
    choice_id: int,
    look: Callable[[], str],
    mark: Callable[..., None],
) -> None:
    mark(2, 2, 2, comment="First words")
    first = goes(app, choice_id)[0]["id"]
    with writing(app):
        teacher = db.session.get_one(Person, cast.teacher.id)
        hand_back(db.session.get_one(Submission, first), "Add numbers", teacher, NOON + DAY)
    page = look()
    assert "First words" in page
    assert "Add numbers" in page
    assert "This grade stays until the next one." in page

    press(amara, work, at=NOON + DAY, text="With numbers", do="save")
    assert "Add numbers" in look()
    press(amara, work, at=NOON + DAY, text="With numbers", do="hand-in")
    assert "First words" in look()
    mark(4, 4, 4, comment="Now I see them")
    page = look()
    assert "Now I see them" in page
    assert "With numbers" in page
    withdraw(app, cast, choice_id)
    assert "First words" in look()


# On the way to the gradebook


@pytest.mark.usefixtures("handed_in")
@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Delivery.QUEUED, "On its way"),
        (Delivery.SENT, "In Canvas"),
        (Delivery.REFUSED, "Adaeze Okafor sees to it."),
        (Delivery.CHANGED, "Adaeze Okafor sees to it."),
        (Delivery.KEPT, "The grade in Canvas stands"),
    ],
)
def test_the_receipt_says_where_the_grade_is(
    app: Flask, look: Callable[[], str], mark: Callable[..., None], status: Delivery, told: str
) -> None:
    mark(3, 3, 3)
    told_at = NOON + timedelta(minutes=17)
    with writing(app):
        row = db.session.scalars(select(OutgoingScore)).one()
        row.status, row.message, row.sent_at = status, "for the teacher only", told_at
    page = look()
    assert told in page
    assert "for the teacher only" not in page
    since = f'datetime="{told_at.astimezone(ZoneInfo("America/Chicago")):%Y-%m-%dT%H:%M}'
    assert (since in page) is (status is Delivery.SENT)  # else it is of what was told before, such as the hand-in


# Looking back


@pytest.mark.usefixtures("handed_in")
def test_looking_back_starts_here_and_is_kept(
    amara: FlaskClient, app: Flask, choice_id: int, look: Callable[[], str], mark: Callable[..., None]
) -> None:
    mark(3, 3, 3)
    assert "Look back: 2 minutes" in look()
    go = goes(app, choice_id)[0]["id"]
    press(amara, f"/submissions/{go}/reflection", reflection="I tested it twice", again="yes", page="grade")
    page = look()
    assert "I tested it twice" in page
    assert "Look back: 2 minutes" not in page


# Who may


@pytest.mark.usefixtures("handed_in")
@pytest.mark.one_database
def test_a_result_is_ones_own(
    app: Flask, signed_in: SignIn, cast: Cast, activity_id: int, mark: Callable[..., None]
) -> None:
    mark(3, 3, 3, comment="For Amara")
    pick(app, activity_id, cast.classmate)
    url = f"/activities/{activity_id}/grade"
    noor = signed_in(cast.classmate)
    assert noor.get(url).location == f"/activities/{activity_id}/submission"
    press(noor, f"/activities/{activity_id}/submission", text="Mine", do="hand-in")
    assert "For Amara" not in words(noor.get(url))
    for who in (cast.teacher, cast.assistant, cast.designer, cast.observer, cast.other_teacher):
        assert signed_in(who).get(url).status_code == 403
    assert app.test_client().get(url).status_code == 401
    assert noor.get("/activities/999999/grade").status_code == 404
