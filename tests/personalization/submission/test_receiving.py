"""What a teacher does about a go: returns, notes, and what they take in themselves."""

from __future__ import annotations

import pytest

from personalization.errors import BadInput, Refused
from personalization.submission.model import Kind, Submission
from personalization.submission.receiving import hand_back, note_in_person
from tests.personalization.submission.making import (
    AMARA,
    DAY,
    HOUR,
    NOON,
    OKAFOR,
    handed_in,
    make_choice,
    make_go,
    verbs,
)


def test_a_return_needs_a_reason() -> None:
    go = handed_in()
    with pytest.raises(BadInput, match="Amara needs a reason"):
        hand_back(go, "  ", OKAFOR, NOON)
    assert not go.is_returned


def test_only_what_was_handed_in_is_returned_and_only_once() -> None:
    draft = make_go()
    with pytest.raises(Refused, match="not handed in yet"):
        hand_back(draft, "More, please", OKAFOR, NOON)
    go = handed_in()
    hand_back(go, " More, please ", OKAFOR, NOON + HOUR)
    assert (go.return_reason, go.returned_by, go.returned_at) == ("More, please", OKAFOR, NOON + HOUR)
    with pytest.raises(Refused) as refused:
        hand_back(go, "Even more", OKAFOR, NOON + DAY)
    assert refused.value.kept == "Even more"
    assert go.return_reason == "More, please"


def test_a_return_opens_the_work_again_even_after_the_lock() -> None:
    first = handed_in(lock=NOON + HOUR)
    hand_back(first, "One more go", OKAFOR, NOON + DAY)
    second = Submission.start(first.choice, first, NOON + 2 * DAY)
    second.save("Better", "", NOON + 2 * DAY)
    second.hand_in(AMARA, NOON + 2 * DAY)
    assert (second.number, second.late) == (2, True)


def test_shown_in_person_counts_as_handed_in() -> None:
    go = Submission.start(make_choice(work_due=NOON - DAY, lock=NOON - HOUR), None, NOON, by_teacher=True)
    assert note_in_person(go, "Played the game with us", OKAFOR, NOON)
    assert (go.handed_in_at, go.late) == (NOON, True)
    assert [(e.kind, e.title, e.added_by) for e in go.evidence] == [(Kind.IN_PERSON, "Played the game with us", OKAFOR)]
    assert verbs(go)[-1] == "shown in person"


def test_noting_it_twice_is_the_same_as_once() -> None:
    go = make_go()
    note_in_person(go, "A dance", OKAFOR, NOON)
    assert not note_in_person(go, "A dance", OKAFOR, NOON + HOUR)
    assert (len(go.evidence), go.handed_in_at) == (1, NOON)


def test_a_hand_in_is_not_overwritten_by_a_note() -> None:
    go = handed_in()
    with pytest.raises(Refused, match="Amara has handed this in already") as refused:
        note_in_person(go, "A dance", OKAFOR, NOON)
    assert refused.value.kept == "A dance"
    assert go.evidence == []
