"""A rich little world for the laws: Biology 9B in the middle of an activity, with somebody in every state.

One student per state, named after it: `world.proposals["revising"]` is the idea of `world.students["revising"]`. Plain
values only, as in tests/cast.py. No text of a person in here holds a straight quote: whatever straight quote a page
shows is the page's own.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine.db import db
from lti.models import Context, DeepLinkRequest, Delivery, OutgoingScore, Platform, ResourceLink
from personalization.activity.bank import Banked
from personalization.activity.model import Activity
from personalization.choice import asking
from personalization.choice.model import Choice, Way
from personalization.grading import gradebook
from personalization.grading.model import Grade
from personalization.people.model import Course, Person, Role
from personalization.proposal.model import Agreement, Proposal, Words
from personalization.proposal.sharing import Sharing
from personalization.submission import storage
from personalization.submission.blueprint import store
from personalization.submission.model import Again, Evidence, Submission
from tests.cast import ISSUER, NOON, Cast, Member, make_activity, make_cast, make_person, member, writing
from tests.laws.arrangements import arrange
from tests.personalization.arranging import column_of

POND_DUE, LMS_DUE = NOON + timedelta(days=20), NOON + timedelta(days=17)  # ours, and the LMS's
LAUNCH = "the-launch-of-ms-okafor"  # the id of her waiting deep-linking launch
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
WORDS = Words(
    title="A card game",
    plan="I make a game in which energy cards move through the pond.",
    tool="Paper and pens",
    message="I can bring it on Friday.",
    lines={1: "Each card explains one idea.", 2: "Players give reasons to win a card.", 3: ""},
    unsure=frozenset({3}),
)
BETTER = Words(
    title="A card game",
    plan="I make a game in which energy cards move through the pond. The rules fit on one page.",
    tool="Paper and pens",
    lines={
        1: "Each card explains one idea.",
        2: "Players give reasons to win a card.",
        3: "A rule page with pictures.",
    },
)
# Where a student stands, and what the family is called there.
NAMES = {
    "picked": "Priya Raman",
    "writing": "Zoë Øberg",
    "submitted": "Linh Tran",
    "revising": "Kofi Mensah",
    "offered": "Mateo Ruiz",
    "sent back": "Ana Novak",
    "accepted": "Jun Sato",
    "asked": "Rio Vega",
    "consented": "Ada Quist",
    "working": "Ida Lund",
    "handed in": "Sam Okoro",
    "shown": "Tia Moss",
    "returned": "Leo Marsh",
    "again": "Uma Shah",
    "drafted": "Ola Berg",
    "ready": "Nia Cole",
    "released": "Max Weber",
    "refused": "Eli Stein",
    "changed": "Yara Aziz",
    "withdrawn": "Bo Chen",
    "excused": "Ivo Brandt",
    "closed": "Gus Moor",
    "saved": "Ines Kahn",
}
MOMENTS = {  # PRODUCT §4's dates of the activity fall between these
    "ideas": NOON + timedelta(hours=6),
    "answers": NOON + timedelta(days=6),
    "must pick": NOON + timedelta(days=9),
    "work": NOON + timedelta(days=12),
    "late": NOON + timedelta(days=22),
    "closed": NOON + timedelta(days=40),
}


@dataclass(frozen=True)
class World:
    """Ids by state. `activities`: "pond", where everybody is; "ways", ungraded, without own ideas and dates; "draft".

    `files` = {state: (key, name)} of the picture in each hand-in; `link` is one of the course that opens nothing yet.
    """

    cast: Cast
    link: int
    people: dict[str, Member] = field(default_factory=dict)
    students: dict[str, Member] = field(default_factory=dict)
    activities: dict[str, int] = field(default_factory=dict)
    choices: dict[str, int] = field(default_factory=dict)
    proposals: dict[str, int] = field(default_factory=dict)
    submissions: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, int] = field(default_factory=dict)
    scores: dict[str, int] = field(default_factory=dict)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    grades: dict[str, int] = field(default_factory=dict)
    options: list[int] = field(default_factory=list)
    banked: list[int] = field(default_factory=list)

    def person(self, kind: str) -> Member:
        """By what they are: "teacher", "classmate", "left"; by where they stand: "revising"."""
        everyone: dict[str, Member] = {**vars(self.cast), **self.people, **self.students}
        return everyone[kind]


def make_world(app: Flask) -> World:
    with writing(app):
        cast = make_cast()
        world = World(cast=cast, link=_make_ways_in(cast))
        _enrol(world)
        _design(world)
        for standing in NAMES:
            _Student(world, standing).arrange()
        arrange(cast, world.students, world.activities["pond"], MOMENTS["ideas"])
        return world


def _make_ways_in(cast: Cast) -> int:
    """A deep-linking launch that waits for its answer, and a link that opens nothing: the link's id."""
    course = db.session.get_one(Course, cast.course_id)
    context = db.session.get_one(Context, course.context_id)
    link = ResourceLink(context=context, resource_link_id="unbound", title="A new link", seen_at=NOON)
    now = datetime.now(UTC)  # a launch waits by the real clock
    settings = {
        "deep_link_return_url": f"{ISSUER}/courses/1/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "data": "opaque",
    }
    waiting = DeepLinkRequest(
        id=LAUNCH,
        context=context,
        user_id=cast.teacher.user_id,
        settings=settings,
        placement="assignment_selection",
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    db.session.add_all([link, waiting])
    db.session.flush()
    return link.id


def _enrol(world: World) -> None:
    """Everyone that tests/cast.py has not: one student per state, and the people on the edge of a course."""
    course = db.session.get_one(Course, world.cast.course_id)
    platform = db.session.get_one(Platform, world.cast.teacher.platform_id)
    for standing, name in NAMES.items():
        world.students[standing] = member(make_person(course, name, Role.STUDENT), platform)
    edge = {
        "administrator": make_person(course, "Ada Root", Role.ADMINISTRATOR),
        "both": make_person(course, "Kim Both", Role.TEACHER),
        "tester": make_person(course, "Test Student", Role.STUDENT, is_test=True),
        "left": make_person(course, "Lee Gone", Role.STUDENT),
    }
    edge["both"].roles = [Role.TEACHER.value, Role.STUDENT.value]
    edge["left"].left_at = NOON - timedelta(days=1)
    db.session.flush()
    world.people.update({name: member(person, platform) for name, person in edge.items()})


def _design(world: World) -> None:
    cast, late = world.cast, NOON + timedelta(days=27)
    world.activities["pond"] = make_activity(cast.course_id, cast.teacher.id, lock=late)
    world.activities["ways"] = make_activity(
        cast.course_id, cast.teacher.id, "Leaf practice", graded=False, own_idea=False, work_due=None
    )
    world.activities["draft"] = make_activity(cast.course_id, cast.teacher.id, "Next month", published=False)
    pond = db.session.get_one(Activity, world.activities["pond"])
    column_of(pond.id).due = LMS_DUE
    pond.goal, pond.options[0].supports = "I can follow energy through a food web.", "A word list\nA sample poster"
    pond.options[1].minutes, pond.options[1].capacity, pond.options[1].audience = 90, 3, "Class 7A"
    db.session.flush()
    world.options.extend(o.id for o in pond.designed_options)
    kept = Banked(user_id=cast.teacher.user_id)
    kept.take({"title": "A radio play", "text": "Two voices, one pond.", "minutes": 60}, {}, NOON)
    db.session.add(kept)
    db.session.flush()
    world.banked.append(kept.id)


class _Student:
    """One student's way to where they stand, by the verbs of the models."""

    def __init__(self, world: World, standing: str) -> None:
        self.world, self.standing = world, standing
        self.activity = db.session.get_one(Activity, world.activities["pond"])
        self.me = db.session.get_one(Person, world.students[standing].id)
        self.teacher = db.session.get_one(Person, world.cast.teacher.id)
        mine = (Choice.activity_id == self.activity.id, Choice.student_id == self.me.id)
        self.choice = db.session.scalars(select(Choice).where(*mine)).one()

    def arrange(self) -> None:
        self.world.choices[self.standing] = self.choice.id
        match self.standing:
            case "writing" | "submitted" | "revising" | "offered" | "sent back" | "accepted" | "asked" | "consented":
                self._talk()
            case "excused":
                self.choice.excuse("She was on an exchange.", self.teacher, NOON)
            case _:
                self.choice.settle(self.activity.designed_options[0], Way.PICKED, self.me, NOON)
                if self.standing == "picked":
                    asking.ask(self.choice, self.me, "Where do I start?", NOON)
                elif self.standing != "closed":
                    self._work()
        if self.standing in {"closed", "saved"}:
            self.choice.work_due = self.choice.lock = NOON

    def _talk(self) -> None:
        idea = Proposal.start(self.choice, [], self.me, NOON)
        db.session.add(idea)
        idea.save(WORDS, self.me, NOON)
        if self.standing != "writing":
            idea.submit(WORDS, self.activity.criteria, self.me, NOON)
        match self.standing:
            case "revising":
                idea.ask_for_revision(1, "How will I see “Clear” in it?", self.teacher, NOON)
            case "offered":
                idea.offer(1, BETTER, "I added the rule page.", self.teacher, NOON)
            case "sent back":
                idea.send_back(1, "This shows the game, not the energy.", self.teacher, NOON)
            case "accepted" | "asked" | "consented":
                agreement = idea.accept(1, self.activity.rubric, self.teacher, NOON)
                assert agreement is not None
                db.session.add(agreement)
                self._share(agreement)
        db.session.flush()
        self.world.proposals[self.standing] = idea.id

    def _share(self, agreement: Agreement) -> None:
        """Whether others may do it too: not asked, asked, said yes."""
        if self.standing == "accepted":
            return
        sharing = Sharing.ask(agreement, self.teacher, NOON)
        db.session.add(sharing)
        if self.standing == "consented":
            sharing.agree("A game of cards", "Cards move through the pond.", "Paper", self.me, NOON)

    def _work(self) -> None:
        go = self._draft(None)
        self._keep(go)
        if self.standing in {"working", "saved"}:
            return
        if self.standing == "shown":
            go.note_in_person("A poster walk through the hall", self.teacher, NOON)
        go.hand_in(self.me, NOON)
        if self.standing in {"returned", "again"}:
            go.hand_back("Where do the plants get it from?", self.teacher, NOON)
        if self.standing == "again":
            self._keep(self._draft(go))
        if self.standing in {"drafted", "ready", "released", "refused", "changed", "withdrawn"}:
            self._mark(go)

    def _draft(self, before: Submission | None) -> Submission:
        go = Submission.start(self.choice, before, NOON)
        db.session.add(go)
        go.save("# My poster\n\nEnergy comes **from the sun**.", "Drawing it twice helped.", NOON)
        go.reflect(go.reflection, Again.YES)
        return go

    def _keep(self, go: Submission) -> None:
        if not go.evidence:
            picture = FileStorage(io.BytesIO(PNG), filename=f"pond {self.standing}.png")
            stored = storage.keep(store(), picture, 1_000)
            go.add(Evidence.file(stored, self.me, NOON), NOON)
            go.add(Evidence.link("https://pond.example.org/film", "Our film", self.me, NOON), NOON)
            self.world.files[self.standing] = (stored.key, stored.name)
        db.session.flush()
        self.world.submissions[self.standing] = go.id
        self.world.evidence[self.standing] = go.evidence[-1].id

    def _mark(self, go: Submission) -> None:
        grade = Grade.begin(go, self.activity.rubric, self.teacher, NOON)
        grade.mark({1: 3, 2: 4, 3: 2} if self.standing != "drafted" else {1: 3}, "A clear poster.", self.teacher, NOON)
        db.session.add(grade)  # whole, so that its row_version is 1 whenever the session writes
        db.session.flush()
        self.world.grades[self.standing] = grade.id
        if self.standing == "drafted":
            return
        grade.make_ready()
        if self.standing != "ready":
            self._release(grade)

    def _release(self, grade: Grade) -> None:
        shown = grade.release(self.teacher, NOON)
        assert shown is not None
        db.session.flush()
        gradebook.release(shown)
        db.session.flush()
        score = db.session.scalars(select(OutgoingScore).where(OutgoingScore.user_id == self.me.user_id)).one()
        self.world.scores[self.standing] = score.id
        match self.standing:
            case "released":
                score.status, score.sent_at, score.sent_version = Delivery.SENT, NOON, score.wanted_version
            case "refused":
                score.status, score.message = Delivery.REFUSED, "Canvas: the assignment is not published."
            case "changed":
                score.status, score.result_score, score.result_maximum = Delivery.CHANGED, 16, 100
            case "withdrawn":
                grade.withdraw(self.teacher, NOON)
                gradebook.withdraw(grade)
