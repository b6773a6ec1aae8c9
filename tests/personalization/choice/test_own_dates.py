"""One student's own dates: whatever moves them, they stay in order and never fall before the class's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from personalization.accommodation.allowance import Allowance
from personalization.activity.dates import Dates
from personalization.choice.own_dates import AHEAD, OWN_DATES, Moved, looks

DENVER = ZoneInfo("America/Denver")  # winter time begins on 1 November 2026
KATHMANDU = ZoneInfo("Asia/Kathmandu")
APIA = ZoneInfo("Pacific/Apia")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
NAMES = [f.name for f in fields(Dates)]

moments = st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda later: datetime(2026, 1, 1, tzinfo=UTC) + later)
zones = st.sampled_from([DENVER, KATHMANDU, APIA, LORD_HOWE, ZoneInfo("UTC")])
allowances = st.none() | st.builds(
    Allowance, st.integers(0, 60), st.none() | st.decimals(Decimal(1), Decimal(3), places=2, allow_nan=False)
)


@st.composite
def plans(draw: st.DrawFn) -> Dates:
    """Dates in their order; any of them may be missing, those beside each other may be the same."""
    instants = sorted(draw(st.lists(moments, min_size=len(NAMES), max_size=len(NAMES))))
    given_ones = draw(st.lists(st.booleans(), min_size=len(NAMES), max_size=len(NAMES)))
    dates = Dates(*[instant if there else None for instant, there in zip(instants, given_ones, strict=True)])
    if dates.accept_by is not None and dates.accept_by == dates.pick_by:
        return replace(dates, accept_by=None)
    return dates


movers = st.builds(
    Moved,
    first_seen=moments,
    allowance=allowances,
    extended=st.dictionaries(st.sampled_from(OWN_DATES), moments, max_size=3),
    lms_due=st.none() | moments,
)


def own(dates: Dates) -> Iterator[tuple[str, datetime]]:
    """The dates that move for one person, which are there."""
    for name in OWN_DATES:
        if (moment := getattr(dates, name)) is not None:
            yield name, moment


def check(dates: Dates, mine: Dates) -> None:
    assert [name for name, _moment in own(mine)] == [name for name, _moment in own(dates)]
    assert (mine.opens, mine.answer_by) == (dates.opens, dates.answer_by), "these never move for one person"
    for name, moment in own(mine):
        assert moment >= getattr(dates, name), f"{name} fell earlier"
    for (first, earlier), (second, later) in pairwise(own(mine)):
        assert earlier <= later, f"{first} fell after {second}"
        if (first, second) == ("accept_by", "pick_by"):
            assert earlier < later, "between agreeing and picking there is time"


@given(plans(), movers, zones)
@example(  # an hour skipped in spring between two dates that lie minutes apart
    Dates(
        opens=datetime(2026, 3, 1, tzinfo=UTC),
        accept_by=datetime(2026, 3, 7, 9, 10, tzinfo=UTC),
        pick_by=datetime(2026, 3, 7, 9, 20, tzinfo=UTC),
    ),
    Moved(datetime(2026, 1, 1, tzinfo=UTC), extended={"accept_by": datetime(2026, 3, 8, 9, 15, tzinfo=UTC)}),
    DENVER,
)
def test_whatever_moves_them_they_stay_in_order_and_never_fall_earlier(
    dates: Dates, moved: Moved, tz: ZoneInfo
) -> None:
    check(dates, moved.apply(dates, tz))


@given(plans(), movers, zones, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_reply_window_makes_room_for_itself_and_moves_nothing_before_it(
    dates: Dates, moved: Moved, tz: ZoneInfo, window: timedelta
) -> None:
    without = moved.apply(dates, tz)
    if without.accept_by is None:
        return
    until = without.accept_by + window  # a window never ends before the date for agreeing
    mine = replace(moved, reply_until=until).apply(dates, tz)
    check(dates, mine)
    assert (mine.propose_by, mine.accept_by) == (without.propose_by, without.accept_by)
    for name in ("pick_by", "work_due", "lock"):
        before = getattr(without, name)
        assert getattr(mine, name) == (None if before is None else max(before, until))


@given(plans(), zones)
def test_nothing_moves_whom_nothing_moves(dates: Dates, tz: ZoneInfo) -> None:
    early = datetime(2025, 12, 31, tzinfo=UTC)
    assert Moved(early).apply(dates, tz) == dates
    assert Moved(early, lms_due=early, extended=dict.fromkeys(OWN_DATES, early)).apply(dates, tz) == dates


@given(plans(), movers, zones, st.none() | moments)
def test_the_clock_looks_at_every_date_and_a_day_before_those_it_reminds_of(
    dates: Dates, moved: Moved, tz: ZoneInfo, reply_until: datetime | None
) -> None:
    mine = moved.apply(dates, tz)
    found = set(looks(mine, reply_until))
    assert {moment for _name, moment in own(mine)} <= found
    for moment in (mine.pick_by, mine.work_due, reply_until):
        assert moment is None or {moment, moment - AHEAD} <= found


# Over a change of clocks


def at(tz: ZoneInfo, month: int, day: int, hour: int = 23, minute: int = 59) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=tz).astimezone(UTC)


def wall(dates: Dates, tz: ZoneInfo) -> list[str]:
    return [moment.astimezone(tz).strftime("%b %d %H:%M") for _name, moment in own(dates)]


def class_of(tz: ZoneInfo) -> Dates:
    """From Monday 26 October to Friday 13 November, over Denver's Sunday of 25 hours."""
    return Dates(
        opens=at(tz, 10, 26, 8, 0),
        propose_by=at(tz, 10, 30),
        answer_by=at(tz, 11, 1),
        accept_by=at(tz, 11, 2),
        pick_by=at(tz, 11, 4),
        work_due=at(tz, 11, 13),
        lock=at(tz, 11, 15),
    )


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("tz", [DENVER, KATHMANDU, APIA])
def test_every_days_end_stays_a_days_end(tz: ZoneInfo) -> None:
    half_more = Moved(LONG_AGO, allowance=Allowance(factor=Decimal("1.5")))
    assert wall(half_more.apply(class_of(tz), tz), tz) == [
        "Nov 01 23:59",
        "Nov 06 23:59",
        "Nov 09 23:59",
        "Nov 22 23:59",
        "Nov 25 23:59",
    ]


@pytest.mark.parametrize("tz", [DENVER, KATHMANDU, APIA])
def test_a_late_joiner_has_the_classs_number_of_days_each_to_its_end(tz: ZoneInfo) -> None:
    joined = Moved(at(tz, 10, 31, 10, 0))
    assert wall(joined.apply(class_of(tz), tz), tz) == [
        "Nov 04 23:59",
        "Nov 07 23:59",
        "Nov 09 23:59",
        "Nov 18 23:59",
        "Nov 20 23:59",
    ]


@pytest.mark.parametrize("tz", [DENVER, KATHMANDU, APIA])
def test_what_an_extension_pushes_along_moves_by_as_many_days(tz: ZoneInfo) -> None:
    longer = Moved(LONG_AGO, extended={"propose_by": at(tz, 11, 3)})
    assert wall(longer.apply(class_of(tz), tz), tz) == [
        "Nov 03 23:59",
        "Nov 06 23:59",
        "Nov 08 23:59",
        "Nov 13 23:59",
        "Nov 15 23:59",
    ]


def test_a_due_date_of_the_lms_pushes_the_lock_along_and_an_earlier_one_nothing() -> None:
    later, earlier = at(DENVER, 11, 16), at(DENVER, 11, 3)
    moved = Moved(LONG_AGO, lms_due=later).apply(class_of(DENVER), DENVER)
    assert (moved.work_due, moved.lock) == (later, later)
    assert Moved(LONG_AGO, lms_due=earlier).apply(class_of(DENVER), DENVER) == class_of(DENVER)


def test_all_of_it_together() -> None:
    everything = Moved(
        first_seen=at(DENVER, 11, 5, 9, 0),
        allowance=Allowance(days=2),
        extended={"pick_by": at(DENVER, 11, 20)},
        lms_due=at(DENVER, 12, 24),
        reply_until=at(DENVER, 11, 22, 10, 0),
    )
    assert wall(everything.apply(class_of(DENVER), DENVER), DENVER) == [
        "Nov 11 23:59",  # 4 days of the class and 2 of their own, from the day they came
        "Nov 14 23:59",
        "Nov 22 10:00",  # the 20th from the teacher, and time to reply until then
        "Dec 24 23:59",
        "Dec 24 23:59",
    ]
