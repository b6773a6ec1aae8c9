"""Counting refusals: per key, per minute, in bounded memory, by many threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.limits import SECONDS, Refusals, place_of


def test_the_limit_is_reached_by_refusals_and_lasts_till_their_minute_ends() -> None:
    refusals = Refusals(3)
    for second in (0, 1, 2):
        assert refusals.wait("a", second) == 0
        refusals.count("a", second)
    assert refusals.wait("a", 2) == 58
    assert refusals.wait("a", 59.5) == 1
    assert refusals.wait("a", 60) == 0


def test_two_thousand_who_are_let_in_are_never_in_the_way() -> None:
    refusals = Refusals(1)
    assert not any(refusals.wait("school", second / 40) for second in range(2000))
    assert len(refusals) == 0
    assert not refusals.anybody_waits(0)


def test_a_new_minute_begins_with_the_next_refusal() -> None:
    refusals = Refusals(2)
    for second in (0, 59, 61, 62):
        refusals.count("a", second)
    assert refusals.wait("a", 63) == 58


def test_each_key_has_its_own() -> None:
    refusals = Refusals(1)
    refusals.count(("address", "one"), 0)
    assert refusals.wait(("address", "one"), 1)
    assert not refusals.wait(("address", "two"), 1)
    assert not refusals.wait(("another", "one"), 1)


def test_whether_anybody_waits_is_told_without_a_look_at_all() -> None:
    refusals = Refusals(2)
    refusals.count("a", 0)
    assert not refusals.anybody_waits(1)
    refusals.count("a", 30)
    refusals.count("b", 50)
    assert refusals.anybody_waits(59)
    assert not refusals.anybody_waits(SECONDS)


def test_no_limit_lets_everybody_in() -> None:
    refusals = Refusals(0)
    for _time in range(1000):
        refusals.count("a", 0)
    assert refusals.wait("a", 0) == 0
    assert not refusals.anybody_waits(0)


def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    refusals = Refusals(1)
    refusals.count("a", 3600)
    assert refusals.wait("a", 0) == 0
    refusals.count("a", 0)
    assert refusals.wait("a", 1) == 59


def test_memory_is_bounded_and_the_oldest_are_forgotten_first() -> None:
    refusals = Refusals(1, keys=100)
    for number in range(1000):
        refusals.count(number, number / 1000)
    assert len(refusals) == 100
    assert refusals.wait(999, 1)
    assert not refusals.wait(0, 1)


def test_what_is_over_is_forgotten_when_the_next_is_counted() -> None:
    refusals = Refusals(1)
    for number in range(50):
        refusals.count(number, 0)
    refusals.count("later", 61)
    assert len(refusals) == 1


def test_threads_lose_no_count() -> None:
    refusals = Refusals(8000)

    def fail_often(_thread: int) -> None:
        for _time in range(1000):
            refusals.count("a", 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fail_often, range(8)))
    assert refusals.wait("a", 1) == 60


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),  # a customer has all of it
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", "unix:"),
        (None, ""),
    ],
)
def test_what_counts_as_one_address(address: str | None, place: str) -> None:
    assert place_of(address) == place
