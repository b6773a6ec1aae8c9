"""Each student's way to where they stand in the little world, by the verbs of the models."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine.db import db
from lti.models.score import Delivery, OutgoingScore
from personalization.activity.model import Activity
from personalization.board import claim
from personalization.choice import asking
from personalization.choice.keeping import retime
from personalization.choice.model import Choice, Rule, Way
from personalization.grading import gradebook
from personalization.grading.lms_settled import LmsDateSettled
from personalization.grading.model import Grade
from personalization.people.model import Person
from personalization.proposal import told
from personalization.proposal.agreement import Agreement
from personalization.proposal.answering import accept, ask_for_revision, offer, send_back
from personalization.proposal.change import AgreementChange
from personalization.proposal.model import Proposal, Words
from personalization.proposal.sharing import Sharing
from personalization.proposal.starting import begin_idea
from personalization.submission import storage
from personalization.submission.blueprint import store
from personalization.submission.model import Again, Evidence, Submission
from personalization.submission.receiving import hand_back, note_in_person
from tests.cast import NOON
from tests.laws.standings import LMS_DUE, MOMENTS, POND_DUE, World

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
TALKING = {
    "writing",
    "submitted",
    "revising",
    "offered",
    "sent back",
    "accepted",
    "asked",
    "consented",
    "last call",
    "expired",
    "told",
    "claimed",
    "change wanted",
    "change offered",
}


def arrange_student(world: World, standing: str) -> None:
    _Student(world, standing).arrange()


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
            case standing if standing in TALKING:
                self._talk()
            case "must pick" | "unplaced" | "plan b" | "placed" | "excused" | "extended":
                self._clock_and_hand()
            case _:
                self.choice.settle(self.activity.designed_options[0], Way.PICKED, self.me, NOON)
                if self.standing == "picked":
                    asking.ask(self.choice, self.me, "Where do I start?", NOON)
                elif self.standing != "closed":
                    self._work()
        if self.standing == "handed in":
            said = LmsDateSettled(activity_id=self.activity.id, ours=POND_DUE, theirs=LMS_DUE, at=NOON)
            said.choice_id, said.by_id = self.choice.id, self.teacher.id
            db.session.add(said)
        if self.standing in {"closed", "saved"}:
            self.choice.work_due = self.choice.lock = NOON

    def _clock_and_hand(self) -> None:
        """What time or the teacher did, before the day on which time would do it by itself."""
        first, second = self.activity.designed_options[:2]
        match self.standing:
            case "must pick":
                self.choice.must_pick(NOON)
            case "unplaced":
                self.choice.unplace(NOON)
            case "plan b":
                self.choice.keep_plan_b(second)
                self.choice.place_by_rule(second, Rule.PLAN_B, NOON)
            case "placed":
                self.choice.place(first, "You asked me to choose for you.", self.teacher, NOON)
            case "excused":
                self.choice.excuse("She was on an exchange.", self.teacher, NOON)
            case "extended":
                self.choice.settle(first, Way.PICKED, self.me, NOON)
                later = {"work_due": POND_DUE + timedelta(days=2)}
                self.choice.extend(later, "You were away with the team.", self.teacher, NOON)
                retime(self.me, NOON)

    def _talk(self) -> None:
        if self.standing == "told":
            idea = told.write_down(self.choice, [], WORDS, self.activity.criteria, self.teacher, NOON)
        else:
            idea = begin_idea(self.choice, [], self.me, NOON)
            idea.save(WORDS, self.me, NOON)
        db.session.add(idea)
        if self.standing not in {"writing", "told"}:
            idea.submit(WORDS, self.activity.criteria, self.me, NOON)
        self._answer(idea)
        db.session.flush()
        self.world.proposals[self.standing] = idea.id

    def _answer(self, idea: Proposal) -> None:
        match self.standing:
            case "revising":
                ask_for_revision(idea, 1, "How will I see “Clear” in it?", self.teacher, NOON)
            case "offered":
                offer(idea, 1, BETTER, "I added the rule page.", self.teacher, NOON)
            case "sent back":
                send_back(idea, 1, "This shows the game, not the energy.", self.teacher, NOON)
            case "claimed":
                db.session.flush()
                ben = db.session.get_one(Person, self.world.cast.assistant.id)
                claim.take(idea, ben, MOMENTS["ideas"] - timedelta(minutes=5))
            case "last call":
                self.choice.last_call(NOON)
            case "expired":
                ask_for_revision(idea, 1, "Where is the energy in it?", self.teacher, NOON)
                idea.expire("reply window", NOON)
            case "accepted" | "asked" | "consented" | "change wanted" | "change offered":
                self._agree(idea)

    def _agree(self, idea: Proposal) -> None:
        """By the first version of the criteria where it was early; a newer one is in force."""
        rubric = self.activity.rubrics[0] if self.standing == "accepted" else self.activity.rubric
        agreement = accept(idea, 1, rubric, self.teacher, NOON)
        assert agreement is not None
        db.session.add(agreement)
        db.session.flush()
        self.world.agreements[self.standing] = agreement.id
        if self.standing in {"asked", "consented"}:
            self._share(agreement)
        elif self.standing != "accepted":
            words = replace(BETTER, message="The rules should be in it.")
            by = self.me if self.standing == "change wanted" else self.teacher
            change = AgreementChange.ask(agreement, None, words, rubric.criteria, by, NOON)
            db.session.add(change)
            db.session.flush()
            self.world.changes[self.standing] = change.id

    def _share(self, agreement: Agreement) -> None:
        """Whether others may do it too: asked, said yes."""
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
            note_in_person(go, "A poster walk through the hall", self.teacher, NOON)
        go.hand_in(self.me, NOON)
        if self.standing in {"returned", "again"}:
            hand_back(go, "Where do the plants get it from?", self.teacher, NOON)
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
