"""Nobody without a plan: whatever mix of joiners, leavers, extensions, decisions, silences and steps of the clock.

A school class lives on as Hypothesis likes; after every step the sentences of `lives` hold of everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.errors import ForPeople
from personalization.accommodation.allowance import Allowance
from personalization.activity.dates import Dates
from personalization.activity.model import Activity, Option, Silence
from personalization.choice.model import Choice, Way
from personalization.choice.own_dates import OWN_DATES, looks
from personalization.people.model import Role
from personalization.proposal.agreement import Agreement, agree
from personalization.proposal.answering import accept, ask_for_revision, offer, send_back
from personalization.proposal.clockwork import step
from personalization.proposal.decision import OPEN, STUDENTS_MOVE
from personalization.proposal.model import Proposal, Status
from personalization.proposal.placing import place, take_option
from personalization.proposal.starting import begin_idea, revive
from personalization.proposal.version import Words
from tests.personalization.proposal import lives
from tests.personalization.proposal.making import DAY, HOUR, OKAFOR, OPENS, WORDS, make_choice, make_person

MOST = 4  # students: enough for two options with few places
SECOND = timedelta(seconds=1)

whom = st.integers(0, MOST - 1)


class Room:
    """The places of a class as they are at this moment, counted anew each time."""

    def __init__(self, choices: list[Choice]) -> None:
        self._choices = choices

    def taken(self, option: Option) -> int:
        on_it = [c for c in self._choices if c.option is option and c.student.left_at is None]
        return sum(not c.student.is_test for c in on_it)

    def left(self, option: Option) -> int | None:
        return None if option.capacity is None else option.capacity - self.taken(option)

    def take(self, option: Option, student: Any) -> None:
        """Counted from the choices."""


class Class(RuleBasedStateMachine):
    """One activity and the people in it, without a database. The clock looks before anybody else does, as requests do;
    in between it may have slept for weeks."""

    @initialize(
        days=st.lists(st.integers(2, 6), min_size=6, max_size=6),
        has_lock=st.booleans(),
        least_filled=st.booleans(),
        silence=st.sampled_from(Silence),
        has_default=st.booleans(),
        places=st.none() | st.integers(0, 2),
    )
    def begin(
        self,
        days: list[int],
        has_lock: bool,
        least_filled: bool,
        silence: Silence,
        has_default: bool,
        places: int | None,
    ) -> None:
        self.now = OPENS
        moments = [OPENS + sum(days[: n + 1]) * DAY for n in range(6)]
        dates = Dates(OPENS, *moments[:5])
        dates = replace(dates, lock=moments[5]) if has_lock else dates
        self.activity: Activity = make_choice(dates, least_filled=least_filled, silence=silence).activity
        poster, story = self.activity.options
        poster.capacity = places
        self.activity.default_option = story if has_default else None
        self.choices: list[Choice] = []
        self.ideas: dict[int, list[Proposal]] = {}
        self.agreements: dict[int, Agreement] = {}
        self.allowances: dict[int, Allowance] = {}
        self.texts: dict[int, set[str]] = {}
        self.drafts: dict[int, str] = {}
        self.room = Room(self.choices)
        self.said = 0
        for plan_b in (None, 1):
            self.join(False)
            self.send_at_once(plan_b)

    # Time

    @rule(hours=st.integers(1, 60), awake=st.booleans())
    def time_passes(self, hours: int, awake: bool) -> None:
        self.sleep_until(self.now + hours * HOUR, awake)

    @rule(which=st.integers(0, 7), seconds=st.integers(-1, 1), awake=st.booleans())
    def time_passes_until_a_date_of_somebody(self, which: int, seconds: int, awake: bool) -> None:
        """A second before it, at it, or a second after it: to the nearest, or to a later one."""
        ahead = sorted({m for c in self.choices for m in looks(c.dates, c.reply_until) if m > self.now + SECOND})
        if ahead:
            self.sleep_until(ahead[min(which // 3, len(ahead) - 1)] + seconds * SECOND, awake)

    @precondition(lambda self: self.now > self.activity.accept_by)
    @rule()
    def nobody_looks_for_weeks(self) -> None:
        self.now += 30 * DAY

    def sleep_until(self, end: datetime, awake: bool) -> None:
        """`awake`: the worker looks whenever something is due; else nobody does until the end."""
        while awake and (moments := [c.step_at for c in self.there() if c.step_at is not None and c.step_at < end]):
            self.now = min(max(self.now, min(moments)) + SECOND, end)
            self.look()
        self.now = end

    def there(self) -> list[Choice]:
        return [c for c in self.choices if c.student.left_at is None]

    def look(self) -> None:
        """What is due happens, to one after the other; to nobody before their time, and where the table says."""
        for choice in self.there():
            if choice.step_at is None or choice.step_at >= self.now:
                continue
            ideas, before = self.ideas[choice.student.id], len(choice.events)
            due = lives.due_place(choice, ideas, self.room.taken, self.now)
            with self.nobody_elses_dates_move(choice):
                step(choice, ideas, self.room, self.now)
            assert lives.place_of(choice, before) == due, [e.verb for e in choice.events]
            noted = len(choice.events)
            step(choice, ideas, self.room, self.now)
            assert len(choice.events) == noted, "looking twice is looking once"
            assert choice.step_at is None or choice.step_at >= self.now

    # People come, go, and have their own time

    @precondition(lambda self: len(self.choices) < MOST)
    @rule(plan_b=st.none() | st.integers(0, 1))
    def join_and_propose(self, plan_b: int | None) -> None:
        self.join(False)
        self.send_at_once(plan_b)

    def send_at_once(self, plan_b: int | None) -> None:
        """The newest student has an idea on the first day, where there is time for one."""
        with suppress(ForPeople):
            choice = self.choices[-1]
            idea = begin_idea(choice, [], choice.student, self.now)
            self.ideas[choice.student.id].append(idea)
            words = self.words()
            idea.submit(words, self.activity.criteria, choice.student, self.now)
            self.texts[choice.student.id].add(words.plan)
            choice.keep_plan_b(None if plan_b is None else self.activity.options[plan_b])

    @precondition(lambda self: len(self.choices) < MOST)
    @rule(is_test=st.booleans())
    def join(self, is_test: bool) -> None:
        student = make_person(Role.STUDENT, f"Student {len(self.choices)}", 100 + len(self.choices))
        student.first_seen_at, student.is_test = self.now, is_test and bool(self.choices)
        choice = Choice.for_student(self.activity, student, self.now)
        choice.id = student.id
        self.choices.append(choice)
        self.ideas[student.id], self.texts[student.id] = [], set()

    @rule(who=whom)
    def leave_or_come_back(self, who: int) -> None:
        with self.acting(who) as choice:
            student = choice.student
            if student.left_at is None:
                student.left_at = self.now
            else:
                student.left_at = None
                choice.take_dates(self.allowances.get(student.id))
                choice.look_again()

    @rule(who=whom)
    def excuse_or_include(self, who: int) -> None:
        with self.acting(who) as choice:
            if choice.is_excused:
                choice.include(OKAFOR, self.now)
            else:
                choice.excuse("Did this last year.", OKAFOR, self.now)

    @rule(who=whom, days=st.integers(1, 5))
    def arrange_more_days(self, who: int, days: int) -> None:
        with self.acting(who) as choice:
            self.allowances[choice.student.id] = Allowance(days=days)
            if choice.take_dates(self.allowances[choice.student.id]):
                choice.note("given more days", OKAFOR, self.now)

    @rule(who=whom, days=st.integers(1, 20))
    def see_a_due_date_in_the_lms(self, who: int, days: int) -> None:
        with self.acting(who) as choice:
            if choice.see_lms_due(self.now + days * DAY, self.now):
                choice.take_dates(self.allowances.get(choice.student.id))

    # The student

    @rule(who=whom, plan_b=st.none() | st.integers(0, 1))
    def write(self, who: int, plan_b: int | None) -> None:
        """Begin an idea, or go on with it."""
        with self.acting(who, lambda c: c.way is not Way.AGREED) as choice:
            ideas = self.ideas[choice.student.id]
            if not any(idea.is_open for idea in ideas):
                ideas.append(begin_idea(choice, ideas, choice.student, self.now))
            words = self.words()
            ideas[-1].save(words, choice.student, self.now)
            self.drafts[choice.student.id] = words.plan
            choice.keep_plan_b(None if plan_b is None else self.activity.options[plan_b])

    @precondition(lambda self: self.talks(*STUDENTS_MOVE))
    @rule(who=whom)
    def send(self, who: int) -> None:
        with self.acting(who, lambda c: self.is_at(c, *STUDENTS_MOVE)) as choice:
            words = self.words()
            self.open_idea(choice).submit(words, self.activity.criteria, choice.student, self.now)
            self.drafts.pop(choice.student.id, None)
            self.texts[choice.student.id].add(words.plan)

    @precondition(lambda self: self.talks(Status.OFFERED))
    @rule(who=whom)
    def agree(self, who: int) -> None:
        with self.acting(who, lambda c: self.is_at(c, Status.OFFERED)) as choice:
            idea = self.open_idea(choice)
            agreement = agree(idea, idea.latest.number, self.activity.rubric, choice.student, self.now)
            self.keep(choice, agreement)
            self.drafts.pop(choice.student.id, None)  # they chose the teacher's wording over it

    @precondition(lambda self: self.talks(*OPEN))
    @rule(who=whom)
    def withdraw(self, who: int) -> None:
        with self.acting(who, lambda c: self.is_at(c, *OPEN)) as choice:
            self.open_idea(choice).withdraw(choice.student, self.now)

    @rule(who=whom, which=st.integers(0, 1))
    def pick(self, who: int, which: int) -> None:
        with self.acting(who) as choice:
            option = self.activity.options[which]
            idea = next((i for i in self.ideas[choice.student.id] if i.is_open), None)
            agreement = self.agreements.get(choice.student.id)
            others = self.room.taken(option) - (choice.option is option)
            take_option(choice, option, others, idea, agreement, choice.student, self.now)
            if agreement is not None and agreement.ended_at is not None:
                del self.agreements[choice.student.id]

    @precondition(lambda self: any(c.option for c in self.choices))
    @rule(who=whom)
    def hand_in_or_return(self, who: int) -> None:
        with self.acting(who, lambda c: c.option is not None) as choice:
            if choice.is_handed_in:
                choice.note("returned", OKAFOR, self.now)
            elif choice.option is not None and not choice.is_locked(self.now):
                choice.note("handed in", choice.student, self.now)

    # The teacher

    @precondition(lambda self: self.talks(Status.SUBMITTED))
    @rule(who=whom, answer=st.sampled_from(["offer", "revise", "send back", "revise", "accept"]))
    def answer(self, who: int, answer: str) -> None:
        with self.acting(who, lambda c: self.is_at(c, Status.SUBMITTED)) as choice:
            idea = self.open_idea(choice)
            version = idea.latest.number
            match answer:
                case "accept":
                    self.keep(choice, accept(idea, version, self.activity.rubric, OKAFOR, self.now))
                case "offer":
                    words = self.words()
                    offer(idea, version, words, "Smaller is better.", OKAFOR, self.now)
                    self.texts[choice.student.id].add(words.plan)
                case "revise":
                    ask_for_revision(idea, version, "Which organisms?", OKAFOR, self.now)
                case _:
                    send_back(idea, version, "A poster is option A.", OKAFOR, self.now)

    @rule(who=whom, name=st.sampled_from(OWN_DATES), days=st.integers(1, 12), reopen=st.booleans())
    def extend(self, who: int, name: str, days: int, reopen: bool) -> None:
        with self.acting(who) as choice:
            choice.extend({name: self.now + days * DAY}, "Was ill", OKAFOR, self.now)
            choice.take_dates(self.allowances.get(choice.student.id))
            if reopen and self.ideas[choice.student.id]:
                revive(self.ideas[choice.student.id][-1], choice.is_handed_in, OKAFOR, self.now)

    @rule(who=whom, which=st.integers(0, 1), anyway=st.booleans())
    def place_by_hand(self, who: int, which: int, anyway: bool) -> None:
        with self.acting(who) as choice:
            option = self.activity.options[which]
            idea = next((i for i in self.ideas[choice.student.id] if i.is_open), None)
            agreement = self.agreements.get(choice.student.id)
            taken = self.room.taken(option)
            place(choice, option, taken, idea, agreement, "It fits.", OKAFOR, self.now, anyway=anyway)
            if agreement is not None and agreement.ended_at is not None:
                del self.agreements[choice.student.id]

    @rule(days=st.integers(-6, 12), name=st.sampled_from([f.name for f in fields(Dates)][1:]))
    def move_a_date_of_the_class(self, days: int, name: str) -> None:
        self.look()
        moment = getattr(self.activity, name)
        if moment is None:
            return
        with suppress(ForPeople):
            self.activity.set_dates(replace(self.activity.dates, **{name: moment + days * DAY}))
            for choice in self.choices:
                if choice.take_dates(self.allowances.get(choice.student.id)):
                    choice.note("dates moved", None, self.now)

    @rule(which=st.integers(0, 1))
    def offer_an_option_no_more(self, which: int) -> None:
        self.look()
        if len(self.activity.designed_options) > 1:
            self.activity.drop_option(self.activity.options[which], self.now)

    # What a rule needs

    @contextmanager
    def acting(self, who: int, likely: Callable[[Choice], bool] = lambda _choice: True) -> Iterator[Choice]:
        """What is due happens first; then a press about one student, which may be refused, and never moves somebody
        else's dates. `likely`: for whom the press makes sense, where there is one of those."""
        self.look()
        found = [choice for choice in self.choices if likely(choice)] or self.choices
        choice = found[who % len(found)]
        with suppress(ForPeople), self.nobody_elses_dates_move(choice):
            yield choice

    def is_at(self, choice: Choice, *statuses: Status) -> bool:
        return any(idea.status in statuses for idea in self.ideas[choice.student.id])

    def talks(self, *statuses: Status) -> bool:
        return any(self.is_at(choice, *statuses) for choice in self.choices)

    @contextmanager
    def nobody_elses_dates_move(self, choice: Choice) -> Iterator[None]:
        before = {other.student.id: other.dates for other in self.choices if other is not choice}
        yield
        assert before == {other.student.id: other.dates for other in self.choices if other is not choice}

    def open_idea(self, choice: Choice) -> Proposal:
        """Raises: ForPeople where there is none, as a page that is not there."""
        idea = next((i for i in self.ideas[choice.student.id] if i.is_open), None)
        if idea is None:
            raise ForPeople("nothing is open")
        return idea

    def words(self) -> Words:
        self.said += 1
        return replace(WORDS, plan=f"Plan {self.said}")

    def keep(self, choice: Choice, agreement: Agreement | None) -> None:
        if agreement is not None:
            self.agreements[choice.student.id] = agreement

    # What always holds

    @invariant()
    def everybody_has_a_plan(self) -> None:
        if not hasattr(self, "choices"):
            return
        self.look()
        for choice in self.choices:
            ideas, student = self.ideas[choice.student.id], choice.student.id
            lives.check_exactly_one(choice, self.now)
            lives.check_what_was_said_is_true(choice, self.now)
            lives.check_one_idea_at_a_time(choice, ideas)
            lives.check_their_dates(choice)
            lives.check_nothing_twice(choice)
            draft = [self.drafts[student]] if student in self.drafts else []
            lives.check_no_text_lost([*self.texts[student], *draft], ideas)


TestClass = Class.TestCase
TestClass.settings = settings(
    max_examples=200, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
