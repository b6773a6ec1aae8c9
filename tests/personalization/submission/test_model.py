"""Goes at handing in: drafts, evidence, receipts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from personalization.errors import BadInput, Refused
from personalization.submission.media import Stored
from personalization.submission.model import MOST_EVIDENCE, Again, Evidence, Submission
from personalization.submission.receiving import hand_back
from tests.personalization.submission.making import (
    AMARA,
    DAY,
    HOUR,
    NOON,
    OKAFOR,
    handed_in,
    make_choice,
    make_file,
    make_go,
    make_link,
    verbs,
)

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
    hand_back(first, "Show the numbers too", OKAFOR, NOON + HOUR)

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
