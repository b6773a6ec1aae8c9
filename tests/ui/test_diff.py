"""What changed between two versions, as a person would say it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.diff import WORD, diff


def test_an_insertion_stands_alone() -> None:
    assert diff("The rules fit on one page.", "The rules fit on one page with a picture for each step.") == [
        ("same", "The rules fit on one page "),
        ("ins", "with a picture for each step"),
        ("same", "."),
    ]


def test_a_rewritten_sentence_reads_as_one_change_not_as_confetti() -> None:
    assert diff("The cards have energy points", "Each card shows its energy in kJ") == [
        ("del", "The cards have energy points"),
        ("ins", "Each card shows its energy in kJ"),
    ]


def test_a_removed_word_is_said() -> None:
    assert diff("We play it twice in class", "We play it in class") == [
        ("same", "We play it "),
        ("del", "twice "),
        ("same", "in class"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("", "", []),
        ("", "new", [("ins", "new")]),
        ("old", " ", [("del", "old")]),
        ("same  words", "same\nwords", [("same", "same\nwords")]),
        ("don’t", "don't", [("del", "don’t"), ("ins", "don't")]),
    ],
)
def test_edges(old: str, new: str, parts: list[tuple[str, str]]) -> None:
    assert diff(old, new) == parts


WORDS = st.lists(st.sampled_from(["pond", "sun", "heron", "eats", "kJ", ".", "\n", "10"]), max_size=25).map(" ".join)


@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_it(old: str, new: str) -> None:
    parts = diff(old, new)
    assert "".join(text for kind, text in parts if kind != "del") == new.strip()
    words_before = [w.strip() for kind, text in parts if kind != "ins" for w in WORD.findall(text)]
    assert words_before == [w.strip() for w in WORD.findall(old.strip())]


def test_texts_made_to_be_slow_stay_quick_and_keep_what_both_begin_and_end_with() -> None:
    """A hundred signs in turn, against the same in another turn: no word is common enough to be left out."""
    signs = [chr(0x2190 + place) for place in range(100)]
    old = "".join(signs[place % 100] for place in range(20_000))
    new = "".join(signs[place * 7 % 100] for place in range(20_000))
    start = time.perf_counter()
    parts = diff(f"At first {old} in the end", f"At first {new} in the end")
    assert time.perf_counter() - start < 2
    assert [(kind, text[:9]) for kind, text in parts] == [
        ("same", "At first "),
        ("del", old[1:10]),
        ("ins", new[1:10]),
        ("same", "in the en"),
    ]


def test_prose_as_long_as_fits_is_compared_word_by_word() -> None:
    words = [f"word{place * place % 997}" for place in range(3_300)]
    old, new = " ".join(words), " ".join(w for place, w in enumerate(words) if place % 100)
    assert len([kind for kind, _text in diff(old, new) if kind == "del"]) == 33


def test_long_and_monotonous_texts_stay_quick() -> None:
    old = "and " * 3000 + "the end"
    start = time.perf_counter()
    diff(old, old.replace("the end", "another end") + " and" * 500)
    assert time.perf_counter() - start < 2
