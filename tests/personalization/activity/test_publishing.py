"""What keeps an activity from being published, and what publishing fills in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from personalization.activity.dates import Dates
from personalization.activity.model import Activity
from personalization.activity.publishing import missing, publish
from personalization.activity.rubric import make_criterion
from personalization.errors import Refused
from tests.personalization.activity.drafting import DAYS_20, NOON, make_draft

pytestmark = pytest.mark.usefixtures("words")


def fields_missing(activity: Activity) -> list[str]:
    return [field for field, _words in missing(activity, NOON)]


def test_four_filled_fields_are_enough() -> None:
    assert missing(make_draft(), NOON) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("title", ""), ("title", "  "), ("shows", ""), ("shows", "\n")],
)
def test_a_missing_text_is_named(name: str, value: str) -> None:
    assert fields_missing(make_draft(**{name: value})) == [name]


def test_two_ways_are_asked_for_beside_the_empty_one() -> None:
    activity = make_draft()
    activity.options[1].title = " "
    assert fields_missing(activity) == ["options-1-title"]


def test_one_way_alone_is_not_enough_even_if_none_is_empty() -> None:
    activity = make_draft()
    activity.drop_option(activity.options[1], NOON)
    assert fields_missing(activity) == ["options-0-title"]


def test_something_to_look_for_must_stay() -> None:
    activity = make_draft()
    activity.rubric.criteria = [make_criterion(1, " ", "", [""] * 4)]
    assert fields_missing(activity) == ["criteria"]


def test_the_default_way_needs_room_for_everyone() -> None:
    activity = make_draft()
    activity.default_option = activity.options[0]
    assert fields_missing(activity) == []
    activity.options[0].capacity = 6
    assert fields_missing(activity) == ["default_option"]


def test_dates_that_clash_are_named_by_one_that_was_typed() -> None:
    activity = make_draft(work_due=DAYS_20, pick_by=DAYS_20 + timedelta(days=1))
    assert missing(activity, NOON) == [("work_due", "“Way settled” comes after “Hand in”.")]


def test_a_hand_in_date_that_is_over_already_is_named() -> None:
    assert activity_words(make_draft(work_due=NOON - timedelta(hours=1))) == ["The hand-in date is over already."]


def test_a_date_that_ends_something_needs_a_hand_in_date() -> None:
    assert fields_missing(make_draft(pick_by=DAYS_20)) == ["pick_by"]


def activity_words(activity: Activity) -> list[str]:
    return [words for _field, words in missing(activity, NOON)]


# Publishing


def test_publishing_opens_it_and_fills_the_empty_dates() -> None:
    activity = make_draft(work_due=DAYS_20)
    publish(activity, NOON)
    assert activity.published_at == activity.opens == NOON
    assert activity.dates == Dates(opens=NOON, work_due=DAYS_20).filled(activity.course.tz)
    assert activity.pick_by is not None
    assert activity.is_open(NOON)


def test_what_is_missing_keeps_it_a_draft() -> None:
    activity = make_draft(title="")
    with pytest.raises(Refused):
        publish(activity, NOON)
    assert activity.published_at is None
    assert activity.opens is None


def test_without_a_hand_in_date_nothing_gets_a_date() -> None:
    activity = make_draft()
    publish(activity, NOON)
    assert activity.dates == Dates(opens=NOON)


def test_without_own_ideas_their_dates_go() -> None:
    activity = make_draft(work_due=DAYS_20, propose_by=NOON + timedelta(days=2), own_idea=False)
    publish(activity, NOON)
    assert (activity.propose_by, activity.answer_by, activity.accept_by) == (None, None, None)
    assert activity.pick_by is not None


def test_it_is_not_open_before_it_opens() -> None:
    activity = make_draft(opens=NOON + timedelta(days=1), work_due=DAYS_20)
    publish(activity, NOON)
    assert not activity.is_open(NOON)
    assert activity.is_open(NOON + timedelta(days=1))


def test_publishing_twice_changes_nothing() -> None:
    activity = make_draft(work_due=DAYS_20)
    publish(activity, NOON)
    before = (activity.dates, activity.published_at, [o.title for o in activity.designed_options])
    publish(activity, NOON + timedelta(days=3))
    assert (activity.dates, activity.published_at, [o.title for o in activity.designed_options]) == before


def test_publishing_leaves_empty_rows_away() -> None:
    activity = make_draft()
    third = activity.add_option("", "")
    activity.default_option = third
    activity.rubric.criteria.append(make_criterion(4, "", "", [""] * 4))
    publish(activity, NOON)
    assert [o.title for o in activity.designed_options] == ["Field poster", "Data story"]
    assert activity.default_option is None
    assert [c.key for c in activity.criteria] == [1, 2, 3]


def test_publishing_takes_back_what_was_typed_for_later() -> None:
    activity = make_draft(typed={"fields": [["title", "Energy"]]})
    publish(activity, NOON)
    assert activity.typed is None
