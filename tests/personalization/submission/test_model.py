"""Goes at handing in: drafts, evidence, receipts, returns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from personalization.activity.model import Activity
from personalization.choice.model import Choice, Way
from personalization.errors import BadInput, Refused
from personalization.people.model import Course, Person, Role
from personalization.submission.media import Stored
from personalization.submission.model import MOST_EVIDENCE, Again, Evidence, Kind, Submission

NOON = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def make_person(role: Role, name: str, number: int) -> Person:
    return Person(id=number, course_id=1, user_id=number, role=role, given_name=name, full_name=name)


AMARA = make_person(Role.STUDENT, "Amara", 2)
OKAFOR = make_person(Role.TEACHER, "Ms. Okafor", 1)


def make_choice(picked: bool = True, work_due: datetime | None = NOON + DAY, lock: datetime | None = None) -> Choice:
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    activity = Activity.draft(course, OKAFOR, NOON - 9 * DAY)
    activity.options[0].title = "Field poster"
    choice = Choice(activity=activity, student=AMARA, work_due=work_due, lock=lock, option=None)
    if picked:
        choice.settle(activity.options[0], Way.PICKED, AMARA, NOON - 5 * DAY)
    return choice


def make_go(**dates: Any) -> Submission:
    return Submission.start(make_choice(**dates), None, NOON)


def make_link(url: str = "https://example.org/poster") -> Evidence:
    return Evidence.link(url, "", AMARA, NOON)


def make_file(digest: str = "d" * 64, name: str = "poster.pdf") -> Evidence:
    return Evidence.file(Stored("k" * 32, name, "application/pdf", 1200, digest), AMARA, NOON)


def handed_in(**dates: Any) -> Submission:
    go = make_go(**dates)
    go.save("My poster", "", NOON)
    go.hand_in(AMARA, NOON)
    return go


def verbs(go: Submission) -> list[str]:
    return [event.verb for event in go.choice.events]


# Starting


def test_work_starts_on_a_way_only() -> None:
    with pytest.raises(Refused, match="No way is picked yet"):
        Submission.start(make_choice(picked=False), None, NOON)


def test_after_the_lock_a_student_starts_nothing_but_a_teacher_may_take_work() -> None:
    choice = make_choice(lock=NOON - HOUR)
    with pytest.raises(Refused, match="closed"):
        Submission.start(choice, None, NOON)
    assert Submission.start(choice, None, NOON, by_teacher=True).is_draft


def test_the_next_go_is_a_copy_and_leaves_the_one_before_alone() -> None:
    first = make_go()
    first.save("A poster", "It clicked.", NOON)
    first.add(make_link(), NOON)
    first.evidence[0].criteria = [1, 3]
    first.hand_in(AMARA, NOON)
    first.reflect("It clicked twice.", Again.YES)
    first.hand_back("Show the numbers too", OKAFOR, NOON + HOUR)

    second = Submission.start(first.choice, first, NOON + DAY)
    assert (second.number, second.text, second.reflection, second.again) == (
        2,
        "A poster",
        "It clicked twice.",
        Again.YES,
    )
    assert [(e.url, e.criteria) for e in second.evidence] == [("https://example.org/poster", [1, 3])]

    second.evidence[0].criteria.append(2)
    second.remove(second.evidence[0], NOON + DAY)
    second.save("A better poster", "", NOON + DAY)
    assert first.text == "A poster"
    assert [e.criteria for e in first.evidence] == [[1, 3]]


# Writing


def test_a_draft_keeps_what_was_typed_and_when() -> None:
    go = make_go()
    go.save("Half a poster", "So far so good", NOON + HOUR)
    assert (go.text, go.reflection, go.saved_at) == ("Half a poster", "So far so good", NOON + HOUR)


def test_what_was_handed_in_is_never_changed_and_the_words_are_given_back() -> None:
    go = handed_in()
    with pytest.raises(Refused) as refused:
        go.save("Another text", "", NOON + HOUR)
    assert refused.value.kept == "Another text"
    with pytest.raises(Refused):
        go.add(make_link(), NOON + HOUR)
    assert (go.text, go.evidence) == ("My poster", [])


def test_evidence_of_a_handed_in_go_stays() -> None:
    go = make_go()
    go.add(make_link(), NOON)
    go.hand_in(AMARA, NOON)
    with pytest.raises(Refused):
        go.remove(go.evidence[0], NOON)
    assert len(go.evidence) == 1


def test_a_draft_rests_after_the_lock() -> None:
    go = make_go(lock=NOON + HOUR)
    with pytest.raises(Refused) as refused:
        go.save("Too late", "", NOON + 2 * HOUR)
    assert refused.value.kept == "Too late"
    with pytest.raises(Refused, match="closed"):
        go.hand_in(AMARA, NOON + 2 * HOUR)
    assert go.is_draft


def test_the_lock_itself_is_still_in_time() -> None:
    go = make_go(lock=NOON + HOUR)
    go.save("Just so", "", NOON + HOUR)
    go.hand_in(AMARA, NOON + HOUR)
    assert go.handed_in_at == NOON + HOUR


@pytest.mark.parametrize("make", [make_link, make_file])
def test_the_same_thing_twice_is_there_once(make: Any) -> None:
    go = make_go()
    assert go.add(make(), NOON)
    assert not go.add(make(), NOON + HOUR)
    assert len(go.evidence) == 1


def test_different_things_are_not_the_same() -> None:
    go = make_go()
    things = [make_link(), make_link("https://example.org/2"), make_file(), make_file("e" * 64)]
    assert all(go.add(thing, NOON) for thing in things)


def test_there_is_room_for_so_many_things() -> None:
    go = make_go()
    for number in range(MOST_EVIDENCE):
        go.add(make_link(f"https://example.org/{number}"), NOON)
    with pytest.raises(BadInput, match="30"):
        go.add(make_link("https://example.org/more"), NOON)
    assert len(go.evidence) == MOST_EVIDENCE
    assert not go.add(make_link("https://example.org/0"), NOON)


def test_evidence_is_tied_to_the_criteria_that_there_are() -> None:
    go = make_go()
    go.add(make_link(), NOON)
    go.add(make_file(), NOON)
    go.evidence[0].id, go.evidence[1].id = 11, 12
    go.evidence[1].criteria = [2]
    go.tie({11: [3, 1, 99], 77: [1]}, go.choice.activity.rubric, NOON)
    assert [e.criteria for e in go.evidence] == [[1, 3], [2]]


def test_looking_back_stays_open_when_all_else_is_closed() -> None:
    go = handed_in(lock=NOON)
    go.reflect("I would measure first.", Again.SOMETIMES)
    assert (go.reflection, go.again) == ("I would measure first.", Again.SOMETIMES)


# Handing in


def test_a_hand_in_is_noted_with_its_time() -> None:
    go = handed_in()
    assert (go.handed_in_at, go.late, go.is_draft) == (NOON, False, False)
    assert verbs(go)[-1] == "handed in"


def test_the_receipt_keeps_the_real_clock_too() -> None:
    go = make_go()
    go.save("My poster", "", NOON)
    go.hand_in(AMARA, NOON, really=NOON - 40 * DAY)
    assert (go.handed_in_at, go.handed_in_really_at) == (NOON, NOON - 40 * DAY)


def test_handing_in_twice_is_the_same_as_once() -> None:
    go = handed_in()
    go.hand_in(AMARA, NOON + DAY)
    assert go.handed_in_at == NOON
    assert verbs(go).count("handed in") == 1


@pytest.mark.parametrize(
    ("due", "late"), [(NOON + HOUR, False), (NOON, False), (NOON - timedelta(seconds=1), True), (None, False)]
)
def test_late_is_marked_and_never_refused(due: datetime | None, late: bool) -> None:
    assert handed_in(work_due=due).late is late


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_nothing_can_not_be_handed_in(text: str) -> None:
    go = make_go()
    go.save(text, "I learned much", NOON)
    with pytest.raises(BadInput, match="nothing to hand in"):
        go.hand_in(AMARA, NOON)
    assert go.is_draft


def test_one_thing_without_words_is_enough() -> None:
    go = make_go()
    go.add(make_link(), NOON)
    go.hand_in(AMARA, NOON)
    assert not go.is_draft


def test_the_same_press_again_is_known() -> None:
    go = make_go()
    go.save("My poster", "", NOON)
    go.add(make_link(), NOON)
    assert not go.says_already("My poster", [])
    go.hand_in(AMARA, NOON)
    assert go.says_already("My poster", [])
    assert go.says_already("My poster", [make_link()])
    assert not go.says_already("My other poster", [])
    assert not go.says_already("My poster", [make_file()])


# The teacher's side


def test_a_return_needs_a_reason() -> None:
    go = handed_in()
    with pytest.raises(BadInput, match="Amara needs a reason"):
        go.hand_back("  ", OKAFOR, NOON)
    assert not go.is_returned


def test_only_what_was_handed_in_is_returned_and_only_once() -> None:
    draft = make_go()
    with pytest.raises(Refused, match="not handed in yet"):
        draft.hand_back("More, please", OKAFOR, NOON)
    go = handed_in()
    go.hand_back(" More, please ", OKAFOR, NOON + HOUR)
    assert (go.return_reason, go.returned_by, go.returned_at) == ("More, please", OKAFOR, NOON + HOUR)
    with pytest.raises(Refused) as refused:
        go.hand_back("Even more", OKAFOR, NOON + DAY)
    assert refused.value.kept == "Even more"
    assert go.return_reason == "More, please"


def test_a_return_opens_the_work_again_even_after_the_lock() -> None:
    first = handed_in(lock=NOON + HOUR)
    first.hand_back("One more go", OKAFOR, NOON + DAY)
    second = Submission.start(first.choice, first, NOON + 2 * DAY)
    second.save("Better", "", NOON + 2 * DAY)
    second.hand_in(AMARA, NOON + 2 * DAY)
    assert (second.number, second.late) == (2, True)


def test_shown_in_person_counts_as_handed_in() -> None:
    go = Submission.start(make_choice(work_due=NOON - DAY, lock=NOON - HOUR), None, NOON, by_teacher=True)
    assert go.note_in_person("Played the game with us", OKAFOR, NOON)
    assert (go.handed_in_at, go.late) == (NOON, True)
    assert [(e.kind, e.title, e.added_by) for e in go.evidence] == [(Kind.IN_PERSON, "Played the game with us", OKAFOR)]
    assert verbs(go)[-1] == "shown in person"


def test_noting_it_twice_is_the_same_as_once() -> None:
    go = make_go()
    go.note_in_person("A dance", OKAFOR, NOON)
    assert not go.note_in_person("A dance", OKAFOR, NOON + HOUR)
    assert (len(go.evidence), go.handed_in_at) == (1, NOON)


def test_a_hand_in_is_not_overwritten_by_a_note() -> None:
    go = handed_in()
    with pytest.raises(Refused, match="Amara has handed this in already") as refused:
        go.note_in_person("A dance", OKAFOR, NOON)
    assert refused.value.kept == "A dance"
    assert go.evidence == []


# Evidence


@pytest.mark.parametrize(
    ("media_type", "element"),
    [
        ("image/png", "image"),
        ("audio/mp4", "audio"),
        ("video/webm", "video"),
        ("image/heic", ""),
        ("application/pdf", ""),
        ("text/plain", ""),
    ],
)
def test_evidence_says_how_it_is_shown(media_type: str, element: str) -> None:
    assert Evidence.file(Stored("k", "x", media_type, 1, "d"), AMARA, NOON).plays_as == element


def test_a_link_plays_nowhere() -> None:
    assert make_link().plays_as == ""


def test_a_link_without_a_title_is_called_by_its_address() -> None:
    assert make_link().name == "https://example.org/poster"
    assert Evidence.link("https://example.org", "My site", AMARA, NOON).name == "My site"
