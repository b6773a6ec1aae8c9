"""The dates of an activity: their order, what is suggested, what a latecomer gets."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.activity.dates import SHARES, Dates, end_of_day

CHICAGO = ZoneInfo("America/Chicago")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # summer time of half an hour
OPENS = datetime(2026, 11, 9, 14, 0, tzinfo=UTC)  # Monday, 8:00 in Chicago
NAMES = [f.name for f in fields(Dates)]

moments = st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda later: datetime(2026, 1, 1, tzinfo=UTC) + later)
zones = st.sampled_from([CHICAGO, KATHMANDU, LORD_HOWE, ZoneInfo("Pacific/Apia"), ZoneInfo("UTC")])
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=300))


def in_a_row(**more: Any) -> Dates:
    """All seven, a day apart."""
    return replace(Dates(*[OPENS + timedelta(days=n) for n in range(7)]), **more)


def wall(instant: datetime | None, tz: ZoneInfo) -> str:
    assert instant is not None
    return instant.astimezone(tz).strftime("%a %b %d %H:%M")


# Their order


def test_dates_in_order_do_not_clash() -> None:
    assert in_a_row().clash() is None


@pytest.mark.parametrize(("earlier", "later"), list(combinations(NAMES, 2)))
def test_two_in_the_wrong_order_are_named(earlier: str, later: str) -> None:
    alone = Dates(**{earlier: OPENS + timedelta(days=1), later: OPENS})
    assert alone.clash() == (earlier, later)


@pytest.mark.parametrize(("earlier", "later"), list(pairwise(NAMES)))
def test_neighbours_may_fall_together_save_agreeing_and_settling(earlier: str, later: str) -> None:
    together = Dates(**{earlier: OPENS, later: OPENS})
    expected = (earlier, later) if (earlier, later) == ("accept_by", "pick_by") else None
    assert together.clash() == expected


def test_a_date_that_is_missing_is_stepped_over() -> None:
    assert in_a_row(answer_by=None, accept_by=OPENS).clash() == ("propose_by", "accept_by")


# What is suggested


def test_suggestions_lie_in_the_span_at_the_end_of_the_day() -> None:
    dates = Dates(opens=OPENS, work_due=OPENS + timedelta(days=20)).filled(CHICAGO)
    assert [wall(getattr(dates, name), CHICAGO) for name in SHARES] == [
        "Sat Nov 14 23:59",
        "Tue Nov 17 23:59",
        "Wed Nov 18 23:59",
        "Fri Nov 20 23:59",
    ]
    assert dates.lock is None


def test_the_end_of_the_day_is_the_course_s_own() -> None:
    dates = Dates(opens=OPENS, work_due=OPENS + timedelta(days=20)).filled(KATHMANDU)
    assert wall(dates.propose_by, KATHMANDU).endswith("23:59")
    assert wall(dates.propose_by, CHICAGO).endswith("12:14")


def test_suggestions_stay_at_the_end_of_the_day_when_the_clocks_change() -> None:
    before_dst_ends = datetime(2026, 10, 30, 13, 0, tzinfo=UTC)
    dates = Dates(opens=before_dst_ends, work_due=before_dst_ends + timedelta(days=8)).filled(CHICAGO)
    assert wall(dates.propose_by, CHICAGO) == "Sun Nov 01 23:59"
    assert dates.propose_by == datetime(2026, 11, 2, 5, 59, tzinfo=UTC)  # six hours behind by then, no longer five


def test_what_was_given_stays_and_suggestions_keep_to_it() -> None:
    early = OPENS + timedelta(days=1)
    dates = Dates(opens=OPENS, pick_by=early, work_due=OPENS + timedelta(days=20)).filled(CHICAGO)
    assert dates.pick_by == early
    assert dates.clash() is None


def test_without_own_ideas_only_settling_is_suggested() -> None:
    dates = in_a_row(pick_by=None, work_due=OPENS + timedelta(days=20), lock=None).filled(CHICAGO, own_idea=False)
    assert (dates.propose_by, dates.answer_by, dates.accept_by) == (None, None, None)
    assert wall(dates.pick_by, CHICAGO) == "Fri Nov 20 23:59"


@pytest.mark.parametrize("dates", [Dates(), Dates(opens=OPENS), Dates(work_due=OPENS), Dates(OPENS, work_due=OPENS)])
def test_without_a_span_nothing_is_suggested(dates: Dates) -> None:
    assert dates.filled(CHICAGO) == dates


@given(moments, spans, zones, st.booleans())
def test_suggestions_are_always_in_order(opens: datetime, span: timedelta, tz: ZoneInfo, own_idea: bool) -> None:
    dates = Dates(opens=opens, work_due=opens + span).filled(tz, own_idea)
    assert dates.clash() is None
    assert dates.pick_by is not None
    assert (dates.propose_by is not None) is own_idea
    assert dates.filled(tz, own_idea) == dates


@given(moments, spans, zones, st.sampled_from(list(SHARES)), st.floats(0.01, 0.99))
def test_one_date_given_never_makes_the_others_clash(
    opens: datetime, span: timedelta, tz: ZoneInfo, name: str, share: float
) -> None:
    one = replace(Dates(opens=opens, work_due=opens + span), **{name: opens + span * share})
    dates = one.filled(tz)
    assert getattr(dates, name) == getattr(one, name)
    assert dates.clash() is None


# Nothing ends without a hand-in date


@pytest.mark.parametrize("name", [*SHARES, "lock"])
def test_a_date_that_ends_something_needs_a_hand_in_date(name: str) -> None:
    assert replace(Dates(opens=OPENS), **{name: OPENS}).unbound() == name


def test_with_a_hand_in_date_or_none_at_all_nothing_is_unbound() -> None:
    assert in_a_row().unbound() is None
    assert Dates(opens=OPENS).unbound() is None


# Reply windows


def test_a_reply_may_come_for_two_days_or_until_agreed_by() -> None:
    dates = in_a_row(work_due=OPENS + timedelta(days=20), lock=None)
    answered = OPENS + timedelta(days=1)
    assert dates.reply_window(answered, OPENS + timedelta(days=2)) == answered + timedelta(days=2)
    assert dates.reply_window(answered, OPENS + timedelta(days=9)) == OPENS + timedelta(days=9)


def test_a_short_activity_gives_a_fifth_of_its_span_to_reply() -> None:
    dates = in_a_row()  # five days from opens to work_due
    assert dates.reply_window(OPENS, OPENS) == OPENS + timedelta(days=1)


def test_ten_days_are_not_short() -> None:
    dates = in_a_row(work_due=OPENS + timedelta(days=10), lock=None)
    assert dates.reply_window(OPENS, OPENS) == OPENS + timedelta(days=2)


def test_without_agreed_by_a_reply_window_never_ends() -> None:
    assert Dates(opens=OPENS).reply_window(OPENS, None) is None


# Latecomers


def twenty_days(**more: Any) -> Dates:
    return replace(Dates(opens=OPENS, work_due=OPENS + timedelta(days=20)).filled(CHICAGO), **more)


def test_whoever_comes_in_time_has_the_class_s_dates() -> None:
    dates = twenty_days()
    assert dates.propose_by is not None
    assert dates.for_latecomer(dates.propose_by, CHICAGO) == dates


def test_a_latecomer_has_the_class_s_number_of_days() -> None:
    late = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    mine = twenty_days().for_latecomer(late, CHICAGO)
    assert wall(mine.propose_by, CHICAGO) == "Sat Nov 28 23:59"  # the class had five days, Monday to Saturday
    assert wall(mine.work_due, CHICAGO) == "Sun Dec 13 08:00"


def test_opening_and_the_teacher_s_promise_move_for_nobody() -> None:
    dates = twenty_days()
    mine = dates.for_latecomer(OPENS + timedelta(days=30), CHICAGO)
    assert (mine.opens, mine.answer_by) == (dates.opens, dates.answer_by)


def test_a_latecomer_has_three_days_at_least_for_everything() -> None:
    dates = Dates(opens=OPENS, work_due=OPENS + timedelta(days=2)).filled(CHICAGO)
    late = OPENS + timedelta(days=5)
    mine = dates.for_latecomer(late, CHICAGO)
    assert mine.propose_by is not None
    assert (mine.propose_by.astimezone(CHICAGO).date() - late.astimezone(CHICAGO).date()).days == 3


@given(moments, spans, zones, st.timedeltas(timedelta(0), timedelta(days=400)), st.booleans())
def test_a_latecomer_s_dates_keep_their_order(
    opens: datetime, span: timedelta, tz: ZoneInfo, after: timedelta, own_idea: bool
) -> None:
    dates = Dates(opens=opens, work_due=opens + span).filled(tz, own_idea)
    mine = dates.for_latecomer(opens + after, tz)
    assert replace(mine, answer_by=None).clash() is None


@given(moments, spans, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_coming_late_never_takes_time_away(opens: datetime, span: timedelta, after: timedelta) -> None:
    dates = Dates(opens=opens, work_due=opens + span).filled(CHICAGO)
    mine = dates.for_latecomer(opens + after, CHICAGO)
    for name in ("propose_by", "accept_by", "pick_by", "work_due"):
        assert getattr(mine, name) >= getattr(dates, name)


def test_an_activity_without_dates_has_none_for_latecomers() -> None:
    assert Dates(opens=OPENS).for_latecomer(OPENS + timedelta(days=9), CHICAGO) == Dates(opens=OPENS)


def test_the_end_of_a_day_is_of_the_day_there() -> None:
    assert end_of_day(datetime(2026, 11, 10, 3, 0, tzinfo=UTC), CHICAGO) == datetime(2026, 11, 10, 5, 59, tzinfo=UTC)
