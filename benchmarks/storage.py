"""What a class of 1,000 leaves in PostgreSQL: bytes for each student, and for each student's line in an activity.

    python -m benchmarks.storage

Every third student sends an idea of 800 characters that is agreed on, the others pick; all hand in 1,500 characters and
a link, are marked, and have a grade released and delivered. Files lie in the storage, not in the database.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import delete, select, text

from benchmarks.crowd import app_on, make_activities, make_courses, make_platform
from benchmarks.measure import machine, table
from engine.db import db
from engine.due import Due
from lti.models.context import Context, LineItem
from lti.models.score import Delivery, OutgoingScore
from personalization.activity.model import Activity
from personalization.choice.model import Choice, Way
from personalization.grading.model import Grade
from personalization.people.model import Course, Person, Role
from personalization.proposal.answering import accept
from personalization.proposal.model import Words
from personalization.proposal.starting import begin_idea
from personalization.submission.evidence import Evidence
from personalization.submission.model import Submission

NOW = datetime(2026, 11, 10, 18, tzinfo=UTC)
SIZES = """
SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
SENTENCE = "I measured how much light reaches the pond at seven places and what grows there. "

Sizes = dict[str, tuple[int, int]]  # {table: (bytes of rows, bytes of indexes)}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--students", type=int, default=1_000)
    students = asked.parse_args().students
    with app_on("postgresql"):
        empty = sizes()
        (course,) = make_courses(make_platform(NOW), 1, students, NOW)
        listed = sizes()
        (activity,) = make_activities([course], NOW)
        work(activity, course)
        done = sizes()
    print(f"\n{students} students; {machine()}\n")
    parts = [["a student in a course", *grown(empty, listed, students)]]
    parts.append(["a student’s line in an activity", *grown(listed, done, students)])
    table(["what", "rows", "indexes", "together"], parts)
    print("\nof a line, by table\n")
    by_table = {name: [sum(done[name]) - sum(listed[name])] for name in done}
    most = sorted(by_table, key=lambda name: -by_table[name][0])[:12]
    table(["table", "bytes a line"], [[name, f"{by_table[name][0] / students:.0f}"] for name in most])


def sizes() -> Sizes:
    """After a VACUUM, as the tables are a while later: what was written twice is one row again."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (FULL, ANALYZE)"))
        return {name: (rows, indexes) for name, rows, indexes in connection.execute(text(SIZES))}


def grown(before: Sizes, after: Sizes, count: int) -> list[str]:
    rows, indexes = (sum(after[name][n] - before[name][n] for name in after) / count for n in (0, 1))
    return [f"{part / 1024:.1f} KiB" for part in (rows, indexes, rows + indexes)]


def work(activity: Activity, course: Course) -> None:
    """From the first look to the delivered grade, by the same verbs as the pages."""
    teacher = db.session.scalars(select(Person).where(Person.course_id == course.id).limit(1)).one()
    teacher.role = Role.TEACHER
    column = LineItem(context=db.session.get_one(Context, course.context_id), url="https://canvas.example.edu/c/1")
    db.session.add(column)
    db.session.flush()
    choices = db.session.scalars(select(Choice).where(Choice.activity_id == activity.id).order_by(Choice.id)).all()
    for number, choice in enumerate(choices):
        choice.opened_at = NOW
        if number % 3 == 0:
            agree(choice, teacher)
        else:
            choice.settle(activity.designed_options[0], Way.PICKED, choice.student, NOW)
        grade(choice, teacher, column)
    db.session.execute(delete(Due))
    db.session.commit()


def agree(choice: Choice, teacher: Person) -> None:
    idea = begin_idea(choice, [], choice.student, NOW)
    keys = [criterion.key for criterion in choice.activity.criteria]
    words = Words(title="Light over the pond", plan=10 * SENTENCE, lines=dict.fromkeys(keys, SENTENCE))
    idea.submit(words, choice.activity.criteria, choice.student, NOW)
    db.session.add_all([idea, accept(idea, 1, choice.activity.rubric, teacher, NOW)])
    db.session.flush()


def grade(choice: Choice, teacher: Person, column: LineItem) -> None:
    work = Submission.start(choice, None, NOW)
    work.save(18 * SENTENCE, SENTENCE, NOW)
    work.add(Evidence.link("https://riverbend.example/pond/light", "Our map", choice.student, NOW), NOW)
    work.hand_in(choice.student, NOW, NOW)
    marks = Grade.begin(work, choice.activity.rubric, teacher, NOW)
    marks.mark({criterion.key: 3 for criterion in choice.activity.criteria}, 2 * SENTENCE, teacher, NOW, Decimal(0))
    marks.make_ready()
    db.session.add_all([work, marks])
    db.session.flush()
    marks.release(teacher, NOW)
    db.session.add(
        OutgoingScore(
            line_item_id=column.id, user_id=choice.student.user_id, status=Delivery.SENT, sent_at=NOW,
            score_given=75, score_maximum=100, delivered_given=75, delivered_maximum=100, tried_given=75,
            tried_maximum=100, comment=2 * SENTENCE, wanted_version=1, sent_version=1, last_timestamp=NOW,
            hand_in_number=1, sent_hand_in_number=1, handed_in_at=NOW,
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
