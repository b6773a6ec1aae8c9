"""Classes of any size, for what must not grow with them: statements, and time (benchmarks/pages.py)."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import select

from engine.db import db
from lti.models.context import Context, User
from lti.models.score import Delivery, OutgoingScore
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.grading.model import Grade, Status
from personalization.people.model import Course, Person, Role
from personalization.proposal.answering import accept
from personalization.proposal.model import Words
from personalization.proposal.starting import begin_idea
from personalization.submission.model import Submission
from tests.cast import NOON, Cast
from tests.personalization.arranging import GOT_IT, activity_of, column_of

WORDS = [
    *("a", "the", "and", "of", "in", "my", "will", "show", "how", "energy", "sun", "pond", "algae", "heron", "fish"),
    *("chain", "web", "heat", "light", "board", "game", "song", "film", "story", "poem", "map", "model", "clay"),
    *("chart", "radio", "puppet", "interview", "level", "card", "drawing", "museum", "diary", "letter", "comic"),
]


def fill(cast: Cast, activity_id: int, count: int, name: str) -> None:
    """A class of so many, all with an idea behind them, work, a release and a score: the most that a line can hold."""
    activity, by = activity_of(activity_id), db.session.get_one(Person, cast.teacher.id)
    choices = _lines(cast, activity, count, name)
    for choice in choices:
        proposal = begin_idea(choice, [], choice.student, NOON)
        words = Words(title="An idea", plan="So", lines={1: "a", 2: "b", 3: "c"})
        proposal.submit(words, activity.criteria, choice.student, NOON)
        db.session.add_all([proposal, accept(proposal, 1, activity.rubric, by, NOON)])
        submission = Submission.start(choice, None, NOON)
        submission.save("Work", "", NOON)
        submission.hand_in(choice.student, NOON, NOON)
        grade = Grade.begin(submission, activity.rubric, by, NOON)
        grade.mark(GOT_IT, "", by, NOON)
        grade.make_ready()
        db.session.add(grade)
    db.session.flush()
    column = column_of(activity_id)
    for index, grade in enumerate(db.session.scalars(select(Grade).where(Grade.status == Status.READY)).all()):
        grade.release(by, NOON)
        user_id = grade.submission.choice.student.user_id
        status = (Delivery.REFUSED, Delivery.QUEUED, Delivery.SENT)[index % 3]
        score = OutgoingScore(line_item_id=column.id, user_id=user_id, status=status, score_given=75, score_maximum=100)
        score.sent_at = NOON if status is Delivery.SENT else None
        db.session.add(score)


def send_ideas(cast: Cast, activity_id: int, count: int) -> None:
    """So many students whose idea waits for an answer: four words of a title, and a plan of eighty."""
    activity, chance = activity_of(activity_id), random.Random(20)  # noqa: S311  # the same ideas in each run
    own = [f"{word}{n}" for word in WORDS for n in range(12)]  # most words of a text are in few others
    for choice in _lines(cast, activity, count, "idea"):
        choice.opened_at = NOON
        idea = begin_idea(choice, [], choice.student, NOON)
        plan = " ".join([*chance.choices(WORDS, k=40), *chance.choices(own, k=40)])
        words = Words(title=" ".join(chance.choices(own, k=4)), plan=plan, lines={1: "a b c", 2: "b", 3: "c"})
        idea.submit(words, activity.criteria, choice.student, NOON)
        db.session.add(idea)
    db.session.flush()


def _lines(cast: Cast, activity: Activity, count: int, name: str) -> list[Choice]:
    """So many new students in the cast's course, and their lines."""
    course = db.session.get_one(Course, cast.course_id)
    platform = db.session.get_one(Context, course.context_id).platform
    users = [User(platform=platform, sub=f"{name} {n}", name=f"{name} {n}") for n in range(count)]
    db.session.add_all(users)
    db.session.flush()
    named = {"course": course, "role": Role.STUDENT, "roles": ["student"], "first_seen_at": NOON - timedelta(days=30)}
    people = [Person(user_id=user.id, full_name=user.name, sort_name=user.name, **named) for user in users]
    choices = [Choice.for_student(activity, person, NOON) for person in people]
    db.session.add_all(choices)
    return choices
