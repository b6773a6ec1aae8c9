"""More time for one person: what becomes of an activity's dates."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.accommodation.allowance import STAYING, Allowance
from personalization.activity.dates import Dates

DENVER = ZoneInfo("America/Denver")  # winter time begins on 1 November 2026
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # 5:45 h, no summer time
APIA = ZoneInfo("Pacific/Apia")  # the first to see a new day; summer time was given up in 2021
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # summer time of half an hour
HALF_MORE = Allowance(factor=Decimal("1.5"))
NAMES = [f.name for f in fields(Dates)]

moments = st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda later: datetime(2026, 1, 1, tzinfo=UTC) + later)
zones = st.sampled_from([DENVER, KATHMANDU, APIA, LORD_HOWE, ZoneInfo("UTC")])
allowances = st.builds(
    Allowance, st.integers(0, 365), st.none() | st.decimals(Decimal(1), Decimal(4), places=2, allow_nan=False)
)


def at(tz: ZoneInfo, month: int, day: int, hour: int = 23, minute: int = 59) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=tz).astimezone(UTC)


def wall(instant: datetime | None, tz: ZoneInfo) -> str:
    assert instant is not None
    return instant.astimezone(tz).strftime("%b %d %H:%M")


@st.composite
def plans(draw: st.DrawFn) -> Dates:
    """Dates in their order; any of them may be missing."""
    instants = sorted(draw(st.lists(moments, min_size=len(NAMES), max_size=len(NAMES), unique=True)))
    present = draw(st.lists(st.booleans(), min_size=len(NAMES), max_size=len(NAMES)))
    return Dates(*[instant if there else None for instant, there in zip(instants, present, strict=True)])


# A factor


def test_half_more_over_the_end_of_summer_time_keeps_the_end_of_the_day() -> None:
    dates = Dates(opens=at(DENVER, 10, 26, 8, 0), pick_by=at(DENVER, 10, 30), work_due=at(DENVER, 11, 3))
    own = HALF_MORE.move(dates, DENVER)
    assert wall(own.pick_by, DENVER) == "Nov 01 23:59"  # 4 days become 6; the last of them has 25 hours
    assert wall(own.work_due, DENVER) == "Nov 07 23:59"  # 8 become 12
    assert own.pick_by == datetime(2026, 11, 2, 6, 59, tzinfo=UTC)


def test_half_more_over_the_beginning_of_summer_time() -> None:
    dates = Dates(opens=at(DENVER, 3, 2, 8, 0), work_due=at(DENVER, 3, 6))
    assert wall(HALF_MORE.move(dates, DENVER).work_due, DENVER) == "Mar 08 23:59"


@pytest.mark.parametrize("tz", [KATHMANDU, APIA])
def test_days_are_those_of_the_course_s_own_calendar(tz: ZoneInfo) -> None:
    dates = Dates(opens=at(tz, 11, 2, 0, 30), work_due=at(tz, 11, 12))  # a day earlier in UTC
    assert wall(HALF_MORE.move(dates, tz).work_due, tz) == "Nov 17 23:59"


def test_a_part_of_a_day_is_a_whole_one() -> None:
    dates = Dates(opens=at(DENVER, 12, 1, 8, 0), work_due=at(DENVER, 12, 4, 15, 30))
    assert wall(HALF_MORE.move(dates, DENVER).work_due, DENVER) == "Dec 06 15:30"  # 4.5 days are 5
    assert wall(Allowance(factor=Decimal("1.01")).move(dates, DENVER).work_due, DENVER) == "Dec 05 15:30"


def test_what_opens_and_ends_on_one_day_gets_a_day_more() -> None:
    dates = Dates(opens=at(DENVER, 12, 1, 8, 0), work_due=at(DENVER, 12, 1, 10, 0))
    assert wall(HALF_MORE.move(dates, DENVER).work_due, DENVER) == "Dec 02 10:00"


def test_without_an_opening_there_is_nothing_to_multiply() -> None:
    dates = Dates(work_due=at(DENVER, 12, 4))
    assert HALF_MORE.move(dates, DENVER) == dates
    assert wall(Allowance(2, Decimal(2)).move(dates, DENVER).work_due, DENVER) == "Dec 06 23:59"


# Days


def test_two_days_more_over_a_change_of_clocks() -> None:
    dates = Dates(opens=at(DENVER, 10, 26, 8, 0), work_due=at(DENVER, 10, 31))
    own = Allowance(2).move(dates, DENVER)
    assert wall(own.work_due, DENVER) == "Nov 02 23:59"
    assert own.work_due == at(DENVER, 10, 31) + timedelta(days=2, hours=1)


def test_a_factor_comes_before_the_days() -> None:
    dates = Dates(opens=at(DENVER, 12, 1, 8, 0), work_due=at(DENVER, 12, 5))
    assert wall(Allowance(3, Decimal(2)).move(dates, DENVER).work_due, DENVER) == "Dec 12 23:59"


def test_an_hour_that_the_clocks_skip_turns_no_dates_around() -> None:
    """2:30 on 8 March 2026 does not exist in Denver: it is 3:30, after the 3:10 of the date that follows."""
    dates = Dates(accept_by=at(DENVER, 3, 7, 2, 30), pick_by=at(DENVER, 3, 7, 3, 10))
    own = Allowance(1).move(dates, DENVER)
    assert own.clash() is None
    assert own.accept_by is not None
    assert own.pick_by == own.accept_by + timedelta(minutes=40)


# With other rules


def test_a_latecomer_with_half_more_gets_half_more_from_when_they_came() -> None:
    dates = Dates(
        opens=at(DENVER, 10, 12, 8, 0),
        propose_by=at(DENVER, 10, 16),  # 4 days, 6 with half more
        pick_by=at(DENVER, 10, 18),  # 6, 9
        work_due=at(DENVER, 10, 22),  # 10, 15
    )
    own = HALF_MORE.move(dates, DENVER)
    in_time = at(DENVER, 10, 17, 12, 0)  # after the class's date, before their own
    assert own.for_latecomer(in_time, DENVER) == own
    late = own.for_latecomer(at(DENVER, 10, 28, 12, 0), DENVER)
    assert [wall(date, DENVER) for date in (late.propose_by, late.pick_by, late.work_due)] == [
        "Nov 03 23:59",
        "Nov 06 23:59",
        "Nov 12 23:59",
    ]


# Always


@given(plans(), allowances, zones)
def test_an_allowance_gives_time_keeps_the_order_and_moves_no_hand(
    dates: Dates, allowance: Allowance, tz: ZoneInfo
) -> None:
    own = allowance.move(dates, tz)
    for name in NAMES:
        before, after = getattr(dates, name), getattr(own, name)
        if name in STAYING or before is None:
            assert after == before
        else:
            assert after >= before
    mine = [getattr(own, name) for name in NAMES if name not in STAYING and getattr(own, name) is not None]
    assert all(first < second for first, second in pairwise(mine))


@given(st.integers(1, 60), allowances, zones, st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_the_end_of_a_day_stays_the_end_of_a_day(length: int, allowance: Allowance, tz: ZoneInfo, first: date) -> None:
    opens = datetime.combine(first, time(8), tz).astimezone(UTC)
    due = datetime.combine(first + timedelta(days=length), time(23, 59), tz).astimezone(UTC)
    own = allowance.move(Dates(opens=opens, work_due=due), tz).work_due
    assert wall(own, tz).endswith("23:59")
    assert own is not None
    given_days = (own.astimezone(tz).date() - first).days
    assert given_days >= length * (allowance.factor or 1) + allowance.days
    assert given_days < length * (allowance.factor or 1) + allowance.days + 1


def test_no_allowance_moves_nothing() -> None:
    dates = replace(Dates(), opens=at(DENVER, 12, 1), work_due=at(DENVER, 12, 9))
    assert not Allowance()
    assert not Allowance(factor=Decimal(1))
    assert Allowance(factor=Decimal("1.00")).move(dates, DENVER) == dates


@pytest.mark.parametrize(("days", "factor"), [(-1, None), (0, Decimal("0.99")), (0, Decimal(0))])
def test_an_allowance_takes_no_time(days: int, factor: Decimal | None) -> None:
    with pytest.raises(ValueError, match="gives time"):
        Allowance(days, factor)
