"""An activity: what it consists of, what to look at before students do, what an edit leaves alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from personalization.activity.concerns import concerns
from personalization.activity.dates import Dates
from personalization.activity.model import Activity, Option
from personalization.activity.rubric import make_criterion
from personalization.errors import Refused
from personalization.people.model import Person, Role
from tests.personalization.activity.drafting import DAYS_20, NOON, make_draft

pytestmark = pytest.mark.usefixtures("words")


def test_a_new_draft_is_filled_in_sensibly() -> None:
    activity = make_draft()
    assert len(activity.criteria) == 3
    assert activity.own_idea
    assert activity.graded
    assert activity.points == 100
    assert activity.gaps() == []
    assert activity.published_at is None


def test_keys_are_not_to_be_guessed_and_never_the_same() -> None:
    keys = {make_draft().key for _n in range(50)}
    assert len(keys) == 50
    assert all(len(key) >= 22 for key in keys)  # 128 bits in base 64


def test_a_draft_keeps_dates_that_clash_as_typed() -> None:
    activity = make_draft()
    activity.note_dates(Dates(opens=DAYS_20, work_due=NOON))
    assert (activity.opens, activity.work_due) == (DAYS_20, NOON)


def test_set_dates_refuses_a_clash_and_changes_nothing() -> None:
    activity = make_draft(opens=NOON)
    with pytest.raises(Refused, match="Opens"):
        activity.set_dates(Dates(opens=DAYS_20, work_due=NOON))
    assert (activity.opens, activity.work_due) == (NOON, None)


# What to look at


def test_a_gap_is_named_with_the_control_that_closes_it() -> None:
    activity = make_draft()
    activity.options[1].set_showing(2, shown=False, how="")
    (concern,) = concerns(activity)
    assert concern.target == "options-1-cover-1-shown"
    assert concern.words == "Data story gives no way to show “Reasons”."
    assert "4 of 12 points" in concern.more


def test_a_way_without_a_title_is_named_by_its_letter() -> None:
    activity = make_draft()
    activity.options[1].title = ""
    activity.options[1].set_showing(1, shown=False, how="")
    assert concerns(activity)[0].words.startswith("Way B ")


@pytest.mark.parametrize(
    ("minutes", "told"), [((60, 90), False), ((60, 91), True), ((91, 60), True), ((60, None), False)]
)
def test_effort_that_differs_by_more_than_half_is_told(minutes: tuple[int, int | None], told: bool) -> None:
    activity = make_draft()
    for option, value in zip(activity.options, minutes, strict=True):
        option.minutes = value
    assert bool(concerns(activity)) is told


def test_a_student_s_own_idea_is_never_looked_at() -> None:
    activity = make_draft()
    mine = activity.add_option("A card game", "", only_for=Person(id=7, role=Role.STUDENT))
    mine.minutes = 900
    mine.set_showing(1, shown=False, how="")
    activity.options[0].minutes = 60
    assert concerns(activity) == []
    assert mine not in activity.designed_options
    assert activity.letter(mine) == ""


# Options and rubric


def test_letters_follow_the_order_and_skip_what_was_taken_away() -> None:
    activity = make_draft()
    third = activity.add_option("Song", "")
    activity.drop_option(activity.options[0], NOON)
    assert [activity.letter(o) for o in (activity.options[1], third)] == ["A", "B"]


def test_taking_an_option_away_twice_keeps_the_first_time() -> None:
    activity, later = make_draft(), NOON + timedelta(days=1)
    option = activity.options[0]
    activity.drop_option(option, NOON)
    activity.drop_option(option, later)
    assert option.archived_at == NOON


def test_an_option_shows_everything_until_it_is_unticked() -> None:
    option = Option.blank(1)
    assert option.can_show(3)
    option.set_showing(3, shown=False, how="")
    assert not option.can_show(3)
    option.set_showing(3, shown=True, how="on the arrows")
    assert option.can_show(3)
    assert option.how(3) == "on the arrows"
    assert len(option.showings) == 1


def test_supports_are_read_line_by_line() -> None:
    option = Option.blank(1)
    option.supports = "Pond cards\n\n  A half-started web \n"
    assert option.support_lines == ["Pond cards", "A half-started web"]


def reworded(activity: Activity) -> list[Any]:
    return [make_criterion(c.key, c.name.upper(), c.description, [x.text for x in c.levels]) for c in activity.criteria]


def test_a_rubric_that_nobody_holds_is_changed_in_place() -> None:
    activity = make_draft()
    activity.revise_rubric(reworded(activity), keep=False)
    assert len(activity.rubrics) == 1
    assert activity.criteria[0].name == "UNDERSTANDING"


def test_a_rubric_that_somebody_holds_stays_beside_the_new_one() -> None:
    activity = make_draft()
    held = activity.rubric
    activity.revise_rubric(reworded(activity), keep=True)
    assert [r.number for r in activity.rubrics] == [1, 2]
    assert held.criteria[0].name == "Understanding"
    assert activity.criteria[0].name == "UNDERSTANDING"
    assert [c.key for c in activity.criteria] == [c.key for c in held.criteria]


def test_the_same_words_make_no_new_version() -> None:
    activity = make_draft()
    same = [make_criterion(c.key, c.name, c.description, [x.text for x in c.levels]) for c in activity.criteria]
    activity.revise_rubric(same, keep=True)
    assert len(activity.rubrics) == 1


def test_a_criterion_s_number_is_never_given_again() -> None:
    activity = make_draft()
    activity.revise_rubric([*reworded(activity), make_criterion(4, "New", "", [""] * 4)], keep=True)
    activity.revise_rubric(reworded(activity)[:2], keep=True)
    assert activity.next_criterion_key() == 5


def test_what_it_asks_for_falls_back_on_the_goal() -> None:
    assert make_draft(shows="", goal="Follow the energy").asks_for == "Follow the energy"
    assert make_draft(goal="Follow the energy").asks_for == "Where does the energy go?"


def test_points_are_exact() -> None:
    assert isinstance(make_draft().points, Decimal)
