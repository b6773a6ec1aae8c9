"""The clock's rows of the table of moves, one by one. Each look is made twice: twice is once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from personalization.activity.dates import Dates
from personalization.activity.model import Option, Silence
from personalization.choice.model import Choice, Rule, Way
from personalization.choice.own_dates import AHEAD
from personalization.errors import Refused
from personalization.people.model import Role
from personalization.proposal.answering import accept, ask_for_revision, send_back
from personalization.proposal.clockwork import ends_at, promise_ends_at
from personalization.proposal.model import Proposal, Status
from personalization.proposal.placing import take_option
from personalization.proposal.starting import begin_idea, revive
from tests.personalization.proposal.lives import is_on_the_teachers_list
from tests.personalization.proposal.making import (
    ACCEPT_BY,
    AMARA,
    DATES,
    DAY,
    HOUR,
    NOON,
    OKAFOR,
    OPENS,
    PICK_BY,
    PROPOSE_BY,
    WORDS,
    WORK_DUE,
    make_choice,
    make_idea,
    make_person,
    offered,
    revising,
    submitted,
)
from tests.personalization.proposal.ticking import Rooms, detail, live_until, tick

LOCK = WORK_DUE + 2 * DAY
WEEKS_LATER = LOCK + 30 * DAY


def options(choice: Choice) -> tuple[Option, Option]:
    poster, story = choice.activity.designed_options
    return poster, story


# Ideas run out


def test_a_draft_ends_when_ideas_have_to_be_agreed_and_its_text_is_kept() -> None:
    idea = make_idea()
    idea.save(replace(WORDS, title="Half an idea"), AMARA, NOON)
    assert tick(idea.choice, ACCEPT_BY, idea) == []
    assert tick(idea.choice, ACCEPT_BY + HOUR, idea) == ["expired", "must pick", "reminded"]
    assert (idea.status, idea.title, idea.latest.plan) == (Status.EXPIRED, "Half an idea", WORDS.plan)
    assert detail(idea.choice, "expired") == {"rule": "accept_by", "title": "Half an idea"}


@pytest.mark.parametrize("make", [offered, revising])
def test_an_answered_idea_ends_with_its_reply_window(make: Callable[[], Proposal]) -> None:
    idea = make()
    assert idea.reply_until == ACCEPT_BY, "the later of that date and two days after the answer"
    assert "expired" not in tick(idea.choice, ACCEPT_BY, idea)
    assert "expired" in tick(idea.choice, ACCEPT_BY + HOUR, idea)
    assert (idea.status, idea.sent[0].plan) == (Status.EXPIRED, WORDS.plan)
    assert detail(idea.choice, "expired")["rule"] == "reply window"


def test_an_answer_late_in_the_time_gives_two_whole_days_and_must_pick_waits_for_them() -> None:
    idea = submitted()
    answered = ACCEPT_BY - HOUR
    ask_for_revision(idea, 1, "Which organisms?", OKAFOR, answered)
    assert tick(idea.choice, answered + 2 * DAY, idea) == ["reminded"]
    assert idea.status is Status.REVISING
    assert tick(idea.choice, answered + 2 * DAY + HOUR, idea)[:1] == ["expired"]


def test_an_idea_with_the_teacher_is_protected_and_told_to_be_unanswered_once() -> None:
    idea = submitted()
    assert tick(idea.choice, ACCEPT_BY, idea) == []
    assert tick(idea.choice, ACCEPT_BY + HOUR, idea) == ["unanswered"]
    assert tick(idea.choice, PICK_BY, idea) == []
    assert idea.status is Status.SUBMITTED


def test_a_second_silence_is_a_second_one() -> None:
    idea = submitted()
    tick(idea.choice, ACCEPT_BY + HOUR, idea)
    ask_for_revision(idea, 1, "Which organisms?", OKAFOR, ACCEPT_BY + 2 * HOUR)
    assert idea.choice.unanswered_at is None, "that was an answer"
    idea.submit(replace(WORDS, plan="Six organisms."), idea.choice.activity.criteria, AMARA, ACCEPT_BY + 3 * HOUR)
    assert tick(idea.choice, ACCEPT_BY + 4 * HOUR, idea) == []
    window = idea.choice.reply_until
    assert window == ACCEPT_BY + 2 * HOUR + 2 * DAY
    assert tick(idea.choice, window + HOUR, idea)[:1] == ["unanswered"]


def test_where_silence_is_strict_an_unanswered_idea_expires_and_its_student_must_pick() -> None:
    idea = submitted(choice=make_choice(silence=Silence.STRICT))
    assert tick(idea.choice, ACCEPT_BY, idea) == []
    assert tick(idea.choice, ACCEPT_BY + HOUR, idea) == ["expired", "must pick", "reminded"]
    assert detail(idea.choice, "expired")["rule"] == "silence"
    assert idea.latest.plan == WORDS.plan


def test_strict_silence_waits_for_the_window_that_the_student_still_had() -> None:
    idea = submitted(choice=make_choice(silence=Silence.STRICT))
    ask_for_revision(idea, 1, "Which organisms?", OKAFOR, ACCEPT_BY - HOUR)
    window = idea.reply_until
    assert window is not None
    idea.submit(replace(WORDS, plan="Six organisms."), idea.choice.activity.criteria, AMARA, window)
    assert "expired" not in tick(idea.choice, window, idea)
    assert "expired" in tick(idea.choice, window + HOUR, idea)


def test_a_new_idea_after_one_sent_back_has_the_whole_window() -> None:
    first = submitted()
    send_back(first, 1, "A poster is option A already.", OKAFOR, ACCEPT_BY - HOUR)
    window = first.reply_until
    assert window == ACCEPT_BY - HOUR + 2 * DAY
    assert tick(first.choice, window, first) == ["reminded"], "nobody has to pick while a new idea may come"
    second = begin_idea(first.choice, [first], AMARA, window)
    assert ends_at(second) == window
    assert tick(first.choice, window + HOUR, first, second)[0] == "expired"


def test_no_clock_ends_an_agreement() -> None:
    idea = submitted()
    accept(idea, 1, idea.choice.activity.rubric, OKAFOR, NOON + DAY)
    assert live_until(idea.choice, WEEKS_LATER, [idea]) == ["reminded"]
    assert (idea.status, idea.choice.way) == (Status.ACCEPTED, Way.AGREED)


def test_more_time_for_agreeing_is_more_time_to_reply() -> None:
    idea = revising()
    idea.choice.extend({"accept_by": ACCEPT_BY + 5 * DAY}, "Ill", OKAFOR, NOON + 2 * DAY)
    idea.choice.take_dates()
    assert idea.until == ends_at(idea) == ACCEPT_BY + 5 * DAY
    assert tick(idea.choice, ACCEPT_BY + HOUR, idea) == []


# Whoever is on nothing


def test_whoever_is_on_nothing_must_pick_once_no_idea_can_come_any_more() -> None:
    choice = make_choice()
    assert tick(choice, ACCEPT_BY) == []
    assert tick(choice, ACCEPT_BY + HOUR) == ["must pick", "reminded"]
    assert choice.must_pick_at == ACCEPT_BY + HOUR
    assert detail(choice, "must pick") == {"until": PICK_BY.isoformat()}
    assert tick(choice, PICK_BY) == []


def test_nobody_falls_back_before_their_time_for_picking_is_over() -> None:
    choice = make_choice(least_filled=True)
    assert "placed" not in live_until(choice, PICK_BY)
    assert choice.option is None
    assert "placed" in live_until(choice, PICK_BY + HOUR)


def test_plan_b_comes_first() -> None:
    choice = make_choice(least_filled=True)
    poster, story = options(choice)
    choice.activity.default_option = poster
    choice.keep_plan_b(story)
    assert tick(choice, PICK_BY + HOUR) == ["placed"]
    assert (choice.option, choice.way, choice.rule) == (story, Way.PLACED, Rule.PLAN_B)
    assert choice.is_automatic
    assert detail(choice, "placed") == {"option": "Data story", "rule": "plan b"}
    assert choice.events[-1].by_id is None


@pytest.mark.parametrize("why", ["full", "not offered any more"])
def test_where_plan_b_cannot_be_the_default_comes(why: str) -> None:
    choice = make_choice(least_filled=True)
    poster, story = options(choice)
    choice.activity.default_option = poster
    choice.keep_plan_b(story)
    rooms = Rooms(Data_story=2)
    if why == "full":
        story.capacity = 2
    else:
        choice.activity.drop_option(story, NOON)
    assert tick(choice, PICK_BY + HOUR, rooms=rooms) == ["placed"]
    assert (choice.option, choice.rule) == (poster, Rule.DEFAULT)


@pytest.mark.parametrize(
    ("taken", "lands_on"),
    [((3, 2), "Data story"), ((2, 3), "Field poster"), ((2, 2), "Field poster")],
    ids=["the emptier", "the emptier one first", "the teacher's order between equals"],
)
def test_the_least_filled_is_the_last_resort_where_the_teacher_ticked_it(taken: tuple[int, int], lands_on: str) -> None:
    choice = make_choice(least_filled=True)
    assert tick(choice, PICK_BY + HOUR, rooms=Rooms(Field_poster=taken[0], Data_story=taken[1])) == ["placed"]
    assert choice.option is not None
    assert (choice.option.title, choice.rule) == (lands_on, Rule.LEAST_FILLED)


def test_the_least_filled_passes_over_what_is_full() -> None:
    choice = make_choice(least_filled=True)
    poster, story = options(choice)
    poster.capacity = 1
    tick(choice, PICK_BY + HOUR, rooms=Rooms(Field_poster=1, Data_story=9))
    assert choice.option is story


def test_the_last_place_goes_to_one_and_the_next_one_falls_further() -> None:
    first, rooms = make_choice(), Rooms()
    second = Choice.for_student(first.activity, make_person(Role.STUDENT, "Noor", 4), OPENS)
    poster, story = options(first)
    poster.capacity, first.activity.default_option = 1, story
    for choice in (first, second):
        choice.keep_plan_b(poster)
        tick(choice, PICK_BY + HOUR, rooms=rooms)
    assert [(c.option, c.rule) for c in (first, second)] == [(poster, Rule.PLAN_B), (story, Rule.DEFAULT)]


def test_a_test_student_is_placed_and_takes_no_place() -> None:
    real = make_choice()
    tester = make_person(Role.STUDENT, "Test", 5)
    tester.is_test = True
    test, rooms = Choice.for_student(real.activity, tester, OPENS), Rooms()
    poster, _story = options(real)
    poster.capacity = 1
    for choice in (test, real):
        choice.keep_plan_b(poster)
        tick(choice, PICK_BY + HOUR, rooms=rooms)
    assert (test.option, real.option) == (poster, poster)


def test_what_no_rule_settles_stands_on_the_teachers_list() -> None:
    choice = make_choice()
    assert tick(choice, PICK_BY + HOUR) == ["unplaced"]
    assert (choice.option, choice.unplaced_at) == (None, PICK_BY + HOUR)


def test_whoever_stands_on_that_list_is_in_the_teachers_hands_and_may_still_pick() -> None:
    choice = make_choice()
    poster, story = options(choice)
    story.capacity = 1
    choice.keep_plan_b(story)
    full = Rooms(Data_story=1)
    tick(choice, PICK_BY + HOUR, rooms=full)
    assert live_until(choice, WEEKS_LATER) == [], "a place that came free takes nobody off the list"
    assert not choice.option
    choice.pick(poster, 0, AMARA, WEEKS_LATER)
    assert (choice.option, choice.unplaced_at) == (poster, None)


def test_the_teachers_hand_needs_a_reason_and_takes_off_the_list() -> None:
    choice = make_choice()
    poster, _story = options(choice)
    tick(choice, PICK_BY + HOUR)
    choice.place(poster, "Amara likes drawing.", OKAFOR, PICK_BY + DAY)
    assert (choice.option, choice.way, choice.unplaced_at, choice.rule) == (poster, Way.PLACED, None, None)
    assert not choice.is_automatic
    assert detail(choice, "placed") == {"option": "Field poster", "reason": "Amara likes drawing."}


# The teacher's silence at pick_by


def test_at_pick_by_an_unanswered_idea_gives_way_to_plan_b() -> None:
    idea = submitted()
    _poster, story = options(idea.choice)
    idea.choice.keep_plan_b(story)
    assert tick(idea.choice, PICK_BY + HOUR, idea) == ["unanswered", "expired", "placed"]
    assert detail(idea.choice, "expired")["rule"] == "pick_by"
    assert (idea.choice.option, idea.choice.rule) == (story, Rule.PLAN_B)


def test_without_plan_b_silence_gives_one_more_window_and_then_the_fallback() -> None:
    idea = submitted()
    choice, looked = idea.choice, PICK_BY + HOUR
    choice.activity.default_option = options(choice)[0]
    assert tick(choice, looked, idea) == ["unanswered", "last call"]
    assert choice.pick_by == choice.reply_until == looked + 2 * DAY
    assert (idea.status, choice.option, choice.activity.pick_by) == (Status.SUBMITTED, None, PICK_BY)
    assert choice.unanswered_at == looked, "the call is no answer"
    assert "placed" not in tick(choice, looked + 2 * DAY, idea)
    assert tick(choice, looked + 2 * DAY + HOUR, idea) == ["expired", "placed"], "that nobody answered is said once"
    assert choice.rule is Rule.DEFAULT


def test_in_the_last_call_the_student_may_pick_and_the_teacher_may_answer() -> None:
    picks, answers = submitted(), submitted(choice=make_choice())
    for idea in (picks, answers):
        tick(idea.choice, PICK_BY + HOUR, idea)
    poster, _story = options(picks.choice)
    take_option(picks.choice, poster, 0, picks, None, AMARA, PICK_BY + DAY)
    assert (picks.status, picks.choice.way) == (Status.WITHDRAWN, Way.PICKED)
    accept(answers, 1, answers.choice.activity.rubric, OKAFOR, PICK_BY + DAY)
    assert answers.choice.way is Way.AGREED
    for idea in (picks, answers):
        assert "placed" not in live_until(idea.choice, WEEKS_LATER, [idea])


def test_a_worker_that_comes_weeks_late_counts_the_last_call_from_then() -> None:
    idea = submitted()
    assert tick(idea.choice, WEEKS_LATER, idea) == ["unanswered", "last call"]
    assert idea.choice.pick_by == WEEKS_LATER + 2 * DAY
    assert replace(idea.choice.dates, answer_by=None).clash() is None
    assert idea.choice.option is None


def test_a_worker_that_comes_weeks_late_says_only_what_still_matters() -> None:
    choice = make_choice(replace(DATES, lock=LOCK), least_filled=True)
    assert tick(choice, WEEKS_LATER) == ["placed", "closed"]
    assert choice.rule is Rule.LEAST_FILLED


def test_an_idea_on_the_table_when_own_ideas_were_switched_off_ends_at_pick_by_with_a_last_call() -> None:
    idea = submitted(choice=make_choice(least_filled=True))
    choice = idea.choice
    choice.activity.own_idea = False
    choice.activity.set_dates(Dates(opens=OPENS, pick_by=PICK_BY, work_due=WORK_DUE))
    choice.take_dates()
    assert tick(choice, PICK_BY, idea) == []
    assert tick(choice, PICK_BY + HOUR, idea) == ["last call"]
    assert choice.pick_by == choice.reply_until == PICK_BY + HOUR + 2 * DAY
    assert tick(choice, PICK_BY + 2 * DAY + 2 * HOUR, idea)[-2:] == ["expired", "placed"]


def test_an_answer_after_own_ideas_were_switched_off_still_opens_a_window() -> None:
    idea = submitted()
    choice = idea.choice
    choice.activity.own_idea = False
    choice.activity.set_dates(Dates(opens=OPENS, pick_by=PICK_BY, work_due=WORK_DUE))
    choice.take_dates()
    ask_for_revision(idea, 1, "Which organisms?", OKAFOR, PICK_BY - HOUR)
    assert idea.until == choice.pick_by == PICK_BY - HOUR + 2 * DAY
    assert "expired" not in tick(choice, PICK_BY + HOUR, idea)


# Who is left alone


def test_whoever_is_excused_is_left_alone_until_they_are_included_again() -> None:
    choice = make_choice(least_filled=True)
    choice.excuse("Did this last year.", OKAFOR, NOON)
    assert live_until(choice, WEEKS_LATER) == []
    assert choice.option is None
    choice.include(OKAFOR, WEEKS_LATER)
    assert tick(choice, WEEKS_LATER) == ["placed"]


def test_whoever_is_excused_has_nothing_to_press_and_what_they_began_waits() -> None:
    idea = make_idea()
    choice = idea.choice
    choice.excuse("Did this last year.", OKAFOR, NOON)
    with pytest.raises(Refused, match="need not do this one"):
        choice.pick(options(choice)[0], 0, AMARA, NOON + HOUR)
    with pytest.raises(Refused, match="need not do this one"):
        begin_idea(choice, [], AMARA, NOON + HOUR)
    assert live_until(choice, WEEKS_LATER, [idea]) == []
    assert idea.status is Status.DRAFT


def test_whoever_has_left_is_left_alone() -> None:
    student = make_person(Role.STUDENT, "Noor", 4)
    choice = Choice.for_student(make_choice(least_filled=True).activity, student, OPENS)
    student.left_at = NOON
    assert live_until(choice, WEEKS_LATER) == []


def test_whoever_teaches_now_is_placed_nowhere() -> None:
    student = make_person(Role.STUDENT, "Noor", 4)
    choice = Choice.for_student(make_choice(least_filled=True).activity, student, OPENS)
    student.role = Role.ASSISTANT
    assert live_until(choice, WEEKS_LATER) == []


def test_without_a_hand_in_date_nothing_expires_or_defaults() -> None:
    idea = submitted(choice=make_choice(Dates(opens=OPENS), least_filled=True))
    assert (idea.choice.step_at, promise_ends_at(idea.choice)) == (None, None)
    assert tick(idea.choice, WEEKS_LATER, idea) == []
    ask_for_revision(idea, 1, "Which organisms?", OKAFOR, NOON)
    assert (idea.until, idea.choice.reply_until) == (None, None)
    assert tick(idea.choice, WEEKS_LATER, idea) == []


def test_a_latecomer_falls_back_by_their_own_days_alone() -> None:
    classmate = make_choice(least_filled=True)
    newcomer = make_person(Role.STUDENT, "Noor", 4)
    newcomer.first_seen_at = PICK_BY + DAY
    late = Choice.for_student(classmate.activity, newcomer, PICK_BY + DAY)
    assert late.pick_by is not None
    assert late.pick_by > PICK_BY + 10 * DAY
    for choice in (classmate, late):
        live_until(choice, PICK_BY + 2 * DAY)
    assert (classmate.rule, late.option) == (Rule.LEAST_FILLED, None)
    assert "placed" in live_until(late, late.pick_by + HOUR)


# At the lock


def test_past_the_lock_with_nothing_handed_in_it_is_the_teachers_and_nothing_is_scored() -> None:
    choice = make_choice(replace(DATES, lock=LOCK))
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    assert tick(choice, LOCK) == []
    assert tick(choice, LOCK + HOUR) == ["closed"]
    assert choice.closed_at == LOCK + HOUR


@pytest.mark.parametrize("verbs", [["handed in"], ["shown in person"], ["handed in", "returned"]])
def test_what_ever_lay_with_the_teacher_is_not_closed(verbs: list[str]) -> None:
    choice = make_choice(replace(DATES, lock=LOCK))
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    for verb in verbs:
        choice.note(verb, None, NOON)
    assert "closed" not in live_until(choice, WEEKS_LATER)


def test_without_a_lock_late_work_is_taken_and_told_late() -> None:
    choice = make_choice()
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    assert live_until(choice, WEEKS_LATER) == ["reminded"]
    assert (choice.is_late(WORK_DUE), choice.is_late(WORK_DUE + HOUR), choice.is_locked(WEEKS_LATER)) == (
        False,
        True,
        False,
    )


def test_whoever_is_placed_after_the_lock_stands_on_the_list_of_what_is_closed() -> None:
    choice = make_choice(replace(DATES, lock=LOCK))
    assert "unplaced" in live_until(choice, WEEKS_LATER)
    choice.place(options(choice)[0], "There was room.", OKAFOR, WEEKS_LATER)
    assert live_until(choice, WEEKS_LATER + HOUR) == ["closed"]


# More time


def test_an_extension_takes_off_the_list_and_the_clock_begins_anew() -> None:
    choice = make_choice(replace(DATES, lock=LOCK), least_filled=False)
    live_until(choice, PICK_BY + HOUR)
    assert is_on_the_teachers_list(choice, PICK_BY + HOUR)
    choice.extend({"pick_by": PICK_BY + 5 * DAY}, "Ill", OKAFOR, PICK_BY + DAY)
    choice.take_dates()
    assert (choice.unplaced_at, choice.must_pick_at, choice.pick_by) == (None, None, PICK_BY + 5 * DAY)
    assert "unplaced" not in live_until(choice, PICK_BY + 5 * DAY)
    assert "unplaced" in live_until(choice, PICK_BY + 5 * DAY + HOUR)
    assert [e.verb for e in choice.events].count("unplaced") == 2, "each at the end of its own time"


def test_an_extension_of_one_date_says_nothing_of_the_others_again() -> None:
    choice = make_choice(replace(DATES, lock=LOCK))
    live_until(choice, PICK_BY + HOUR)
    since = choice.unplaced_at
    choice.extend({"work_due": WORK_DUE + DAY}, "Ill", OKAFOR, PICK_BY + DAY)
    choice.take_dates()
    assert since is not None
    assert choice.unplaced_at == since
    assert tick(choice, PICK_BY + DAY) == []


def test_an_extension_past_the_lock_opens_what_was_closed() -> None:
    choice = make_choice(replace(DATES, lock=LOCK))
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    live_until(choice, LOCK + HOUR)
    choice.extend({"lock": LOCK + 3 * DAY}, "Ill", OKAFOR, LOCK + DAY)
    choice.take_dates()
    assert (choice.closed_at, choice.is_locked(LOCK + 2 * DAY)) == (None, False)
    assert live_until(choice, LOCK + 4 * DAY) == ["closed"]


def test_whoever_is_excused_is_given_no_more_time() -> None:
    choice = make_choice()
    choice.excuse("Did this last year.", OKAFOR, NOON)
    with pytest.raises(Refused, match="Amara is excused"):
        choice.extend({"pick_by": PICK_BY + DAY}, "Ill", OKAFOR, NOON)
    assert (choice.extended, choice.pick_by) == ({}, PICK_BY)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SUBMITTED, Status.OFFERED, Status.REVISING])
def test_what_is_opened_again_can_be_gone_on_with(status: Status) -> None:
    make: dict[Status, Callable[[], Proposal]] = {
        Status.DRAFT: make_idea,
        Status.SUBMITTED: submitted,
        Status.OFFERED: offered,
        Status.REVISING: revising,
    }
    idea = make[status]()
    choice, later = idea.choice, WORK_DUE - 3 * DAY
    choice.activity.least_filled = True
    for moment in (ACCEPT_BY + HOUR, PICK_BY + HOUR, PICK_BY + 4 * DAY):
        tick(choice, moment, idea)
    assert (idea.status, idea.expired_from, choice.is_automatic) == (Status.EXPIRED, status, True)
    placed_on = choice.option
    revive(idea, False, OKAFOR, later)
    assert (idea.status, choice.option, choice.plan_b) == (status, None, placed_on)
    assert idea.is_students_move == idea.may_write(later + DAY)
    assert tick(choice, later + DAY, idea) in ([], ["reminded"])
    assert idea.status is status
    assert choice.reply_until == choice.pick_by == later + 2 * DAY


def test_what_is_opened_again_comes_off_the_teachers_list() -> None:
    idea = revising()
    live_until(idea.choice, PICK_BY + HOUR, [idea])
    assert (idea.status, idea.choice.unplaced_at is None) == (Status.EXPIRED, False)
    revive(idea, False, OKAFOR, PICK_BY + DAY)
    assert idea.choice.unplaced_at is None


# Reminders


def test_a_reminder_comes_a_day_before_and_once() -> None:
    choice = make_choice(own_idea=False)
    choice.activity.set_dates(Dates(opens=OPENS, pick_by=PICK_BY, work_due=WORK_DUE))
    choice.take_dates()
    assert tick(choice, PICK_BY - AHEAD) == []
    assert tick(choice, PICK_BY - AHEAD + HOUR) == ["reminded"]
    assert tick(choice, PICK_BY - HOUR) == []
    assert detail(choice, "reminded") == {"date": "pick_by", "until": PICK_BY.isoformat()}


def test_nobody_is_reminded_of_what_they_have_done() -> None:
    choice = make_choice()
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    assert "reminded" not in live_until(choice, WORK_DUE - AHEAD)
    choice.note("handed in", AMARA, WORK_DUE - AHEAD)
    assert live_until(choice, WEEKS_LATER) == []


def test_nobody_is_reminded_after_the_date() -> None:
    choice = make_choice()
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    assert tick(choice, WORK_DUE + HOUR) == []


def test_a_date_that_moved_is_reminded_of_again() -> None:
    choice = make_choice()
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    assert live_until(choice, WORK_DUE - HOUR) == ["reminded"]
    choice.extend({"work_due": WORK_DUE + 3 * DAY}, "Ill", OKAFOR, WORK_DUE - HOUR)
    choice.take_dates()
    assert live_until(choice, WEEKS_LATER) == ["reminded"]
    assert detail(choice, "reminded")["until"] == (WORK_DUE + 3 * DAY).isoformat()


def test_returned_work_is_theirs_again_and_reminded_of() -> None:
    choice = make_choice()
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    choice.note("handed in", AMARA, NOON)
    choice.note("returned", OKAFOR, WORK_DUE - 2 * DAY)
    assert live_until(choice, WORK_DUE) == ["reminded"]


def test_whoever_waits_for_the_teacher_is_not_pressed_to_pick() -> None:
    idea = submitted()
    assert "reminded" not in live_until(idea.choice, PICK_BY, [idea])


def test_one_moment_is_one_reminder() -> None:
    idea = submitted()
    ask_for_revision(idea, 1, "Which organisms?", OKAFOR, PICK_BY - HOUR)
    assert idea.reply_until == idea.choice.pick_by
    assert live_until(idea.choice, PICK_BY + DAY + 12 * HOUR, [idea]) == ["reminded"]
    assert detail(idea.choice, "reminded")["date"] == "reply_until"


# When the clock comes back


def test_each_look_says_when_the_next_one_is_due_and_the_last_one_says_never() -> None:
    choice = make_choice(replace(DATES, lock=LOCK), least_filled=True)
    seen = []
    while choice.step_at is not None:
        seen.append(choice.step_at)
        tick(choice, choice.step_at + HOUR)
    assert seen == [
        PROPOSE_BY,
        ACCEPT_BY,
        PICK_BY,
        WORK_DUE - AHEAD,
        WORK_DUE,
        LOCK,
    ], "accept_by is a day before pick_by here"
    assert choice.closed_at == LOCK + HOUR


def test_the_very_second_of_a_date_still_belongs_to_the_student() -> None:
    choice = make_choice(least_filled=True)
    tick(choice, PICK_BY)
    assert (choice.option, choice.step_at) == (None, PICK_BY)


def test_whoever_leaves_their_way_after_the_date_for_agreeing_must_pick() -> None:
    choice = make_choice()
    choice.pick(options(choice)[0], 0, AMARA, NOON)
    tick(choice, ACCEPT_BY + HOUR)
    choice.leave(AMARA, ACCEPT_BY + 2 * HOUR)
    assert live_until(choice, ACCEPT_BY + 3 * HOUR)[:1] == ["must pick"]


def test_an_idea_withdrawn_after_the_date_for_agreeing_leaves_a_student_who_must_pick() -> None:
    idea = submitted()
    tick(idea.choice, ACCEPT_BY + HOUR, idea)
    idea.withdraw(AMARA, ACCEPT_BY + 2 * HOUR)
    assert live_until(idea.choice, ACCEPT_BY + 3 * HOUR, [idea])[:1] == ["must pick"]
